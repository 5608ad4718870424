import assert from "node:assert/strict";
import { connect } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { describe, it } from "node:test";
import type { Endpoint } from "../../src/transport/endpoint.js";
import { isLong } from "../support/is-long.js";
import { requests, run } from "./run.js";
import { type Ending, lost, refused } from "./scenario.js";
import { scenarios } from "./scenarios/index.js";

const SHORT = 8; // every eighth scenario
const LONG = 1;

/**
 * Node does not report this fault on a stream that is no `net.Socket`, so that the call ends with its deadline instead of
 * `unavailable`.
 */
const UNREPORTED = "sends SETTINGS and a frame that is too large";

const REFUSED_STREAM = "RST_STREAM REFUSED_STREAM before the headers";

/**
 * Faults that Node reports as REFUSED_STREAM. Here that proves nothing, because a dialed stream may lead to a proxy that
 * has passed the request on.
 */
const unproven = [
  REFUSED_STREAM,
  UNREPORTED,
  "protocol error on the idle connection",
  "protocol error after the answer",
];

/** A stream in memory, without `ref` and `bytesRead`, that leads to the peer. */
function plainStream(path: string): Duplex {
  const socket = connect(path);
  const [near, far] = duplexPair();
  far.pipe(socket).pipe(far);
  socket.on("error", (error) => near.destroy(error)).on("close", () => near.destroy());
  near.on("close", () => socket.destroy());
  return near;
}

const kinds: readonly (readonly [name: string, dial: (path: string) => Duplex, each: number, skipped?: string])[] = [
  ["a socket", (path) => connect(path), isLong ? LONG : SHORT],
  ["a plain stream", plainStream, SHORT, UNREPORTED],
];

for (const [name, dial, each, skipped] of kinds) {
  const endpointOf = (path: string): Endpoint => ({ kind: "dialed", dial: () => dial(path) });

  describe(`faults at the wire, over ${name} that is dialed`, { concurrency: 6 }, () => {
    for (const scenario of scenarios.filter(({ name }, index) => index % each === 0 || name === REFUSED_STREAM)) {
      it(scenario.name, { skip: scenario.name === skipped }, async () => {
        const reports = await Promise.all(
          requests.map(([method, request]) => run(scenario, method, request, endpointOf)),
        );
        const expected = (ending: Ending) => (ending === refused && unproven.includes(scenario.name) ? lost : ending);
        for (const [index, [{ name: method }]] of requests.entries()) {
          assert.equal(reports[index]?.first, expected(scenario.first), `${method}: the first call`);
          assert.equal(reports[index]?.second, expected(scenario.second), `${method}: the call right after`);
          assert.equal(reports[index]?.openConnections, 0, `${method}: connections left`);
        }
      });
    }
  });
}
