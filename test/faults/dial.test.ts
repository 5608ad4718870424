import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { describe, it } from "node:test";
import type { Endpoint } from "../../src/transport/endpoint.js";
import { isLong } from "../support/is-long.js";
import { plainStream } from "../support/plain-stream.js";
import { requests, run } from "./run.js";
import {
  down,
  type Ending,
  groupsOf,
  lost,
  neverReady,
  outdatedNode,
  overlookedOnStream,
  refused,
  type Scenario,
} from "./scenario.js";
import { scenarios } from "./scenarios/index.js";

const SHORT = 8; // every eighth scenario
const LONG = 1;

type Endings = Partial<Pick<Scenario, "first" | "second">>;

const REFUSED_STREAM = "RST_STREAM REFUSED_STREAM before the headers";

/**
 * Faults that Node reports as REFUSED_STREAM. Here that proves nothing, because a dialed stream may lead to a proxy
 * that has passed the request on.
 */
const UNPROVEN = [
  REFUSED_STREAM,
  "sends SETTINGS and a frame that is too large",
  "protocol error on the idle connection",
  "protocol error after the answer",
];

function unproven({ name, first, second }: Scenario): Endings {
  const ending = (proven: Ending): Ending => (proven === refused && UNPROVEN.includes(name) ? lost : proven);
  return { first: ending(first), second: ending(second) };
}

const both = (ending: Ending): Endings => ({ first: ending, second: ending });
const noticed: Endings = { second: "ok" };

/**
 * The scenarios that end in another way over a stream that is no `net.Socket`. It does not count its bytes, and it
 * delivers in one turn what Node reports in the next, so that the second call finds the first connection ended.
 */
const onPlainStream: Readonly<Record<string, Endings>> = {
  "says three bytes and closes": both(down),
  "answers with a TLS alert and closes": both(down),
  "sends SETTINGS and a frame that is too large": both(overlookedOnStream),
  "sends SETTINGS and GOAWAY": both(neverReady),
  "GOAWAY NO_ERROR on the idle connection": noticed,
  "GOAWAY INTERNAL_ERROR on the idle connection": noticed,
  "GOAWAY ENHANCE_YOUR_CALM on the idle connection": noticed,
  "GOAWAY and close of the idle connection": noticed,
  // All that has come at once is parsed before any listener runs, so the response is complete by then.
  "101 informational answers": both("ok"),
};

/** Node 20 notices these before the second call or never, depending on the turn in which that is sent. */
const UNSTEADY = ["protocol error on the idle connection", "protocol error after the answer"];

interface Kind {
  readonly name: string;
  readonly dial: (path: string) => Duplex;
  readonly each: number;
  readonly otherEndings?: Readonly<Record<string, Endings>>;
  readonly leftOut?: readonly string[];
}

const kinds: readonly Kind[] = [
  { name: "a socket", dial: (path) => connect(path), each: isLong ? LONG : SHORT },
  {
    name: "a plain stream",
    dial: (path) => plainStream(connect(path)),
    each: isLong ? LONG : SHORT,
    otherEndings: onPlainStream,
    leftOut: UNSTEADY,
  },
];

for (const { name, dial, each, otherEndings = {}, leftOut = [] } of kinds) {
  const endpointOf = (path: string): Endpoint => ({ kind: "dialed", dial: () => dial(path) });

  const expected = (scenario: Scenario): Scenario => ({
    ...scenario,
    ...unproven(scenario),
    ...otherEndings[scenario.name],
  });

  const isChosen = ({ name: fault }: Scenario, index: number) =>
    (index % each === 0 || fault === REFUSED_STREAM) && !leftOut.includes(fault);

  for (const { concurrency, scenarios: some } of groupsOf(scenarios.filter(isChosen).map(expected)))
    describe(`faults at the wire, over ${name} that is dialed`, { concurrency, skip: outdatedNode }, () => {
      for (const scenario of some) {
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
