import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { describe, it } from "node:test";
import type { Endpoint } from "../../src/transport/endpoint.js";
import { isLong } from "../support/is-long.js";
import { plainStream } from "../support/plain-stream.js";
import { requests, run } from "./run.js";
import { type Ending, overlookedOnStream, type Scenario } from "./scenario.js";
import { scenarios } from "./scenarios/index.js";

const SHORT = 8; // every eighth scenario
const LONG = 1;

/** The scenarios that end in another way over a stream that is no `net.Socket`. */
const onPlainStream: Readonly<Record<string, Ending>> = {
  "sends SETTINGS and a frame that is too large": overlookedOnStream,
};

interface Kind {
  readonly name: string;
  readonly dial: (path: string) => Duplex;
  readonly each: number;
  readonly otherEndings?: Readonly<Record<string, Ending>>;
}

const kinds: readonly Kind[] = [
  { name: "a socket", dial: (path) => connect(path), each: isLong ? LONG : SHORT },
  {
    name: "a plain stream",
    dial: (path) => plainStream(connect(path)),
    each: isLong ? LONG : SHORT,
    otherEndings: onPlainStream,
  },
];

for (const { name, dial, each, otherEndings = {} } of kinds) {
  const endpointOf = (path: string): Endpoint => ({ kind: "dialed", dial: () => dial(path) });

  const expected = (scenario: Scenario): Scenario => {
    const ending = otherEndings[scenario.name];
    return ending === undefined ? scenario : { ...scenario, first: ending, second: ending };
  };

  describe(`faults at the wire, over ${name} that is dialed`, { concurrency: 6 }, () => {
    for (const scenario of scenarios.filter((_, index) => index % each === 0).map(expected)) {
      it(scenario.name, async () => {
        const reports = await Promise.all(
          requests.map(([method, request]) => run(scenario, method, request, endpointOf)),
        );
        for (const [index, [{ name: method }]] of requests.entries()) {
          assert.equal(reports[index]?.first, scenario.first, `${method}: the first call`);
          assert.equal(reports[index]?.second, scenario.second, `${method}: the call right after`);
          assert.equal(reports[index]?.openConnections, 0, `${method}: connections left`);
        }
      });
    }
  });
}
