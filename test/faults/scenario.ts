import type { ErrorCode } from "../../src/errors.js";
import type { Evidence } from "../../src/options.js";
import type { FailureKind } from "../../src/rpc/failure.js";
import type { Behaviour, PeerStream } from "./peer.js";

/** How a call ends: `ok`, or code, kind and evidence of its failure. */
export type Ending = "ok" | `${ErrorCode} ${FailureKind} ${Evidence}`;

/** A fault, and how the first call and the call right after it end. */
export interface Scenario {
  readonly name: string;
  readonly peer: Behaviour;
  /** The same fault with every response, if `peer` recovers. */
  readonly always: Behaviour;
  readonly first: Ending;
  readonly second: Ending;
}

export const lost = "unavailable broken no-answer" satisfies Ending;
export const refused = "unavailable broken refused" satisfies Ending;
export const malformed = "internal malformed answered" satisfies Ending;
export const expired = "deadline_exceeded ended no-answer" satisfies Ending;
export const neverReady = "deadline_exceeded ended never-sent" satisfies Ending;
export const notGrpc = "unavailable misconfigured never-sent" satisfies Ending;
export const down = "unavailable unreachable never-sent" satisfies Ending;

/** Whether a call ends only with its deadline. */
export function hangs({ first, second }: Pick<Scenario, "first" | "second">): boolean {
  return [first, second].some(isExpired);
}

export function isExpired(ending: Ending): boolean {
  return ending.startsWith("deadline_exceeded ended");
}

/**
 * The faults in two groups, of which each runs as many at once as it says. Those that wait for a deadline do nothing
 * else.
 */
export function groupsOf<S extends Scenario>(
  scenarios: readonly S[],
): readonly { readonly concurrency: number; readonly scenarios: readonly S[] }[] {
  const waiting = scenarios.filter(hangs);
  return [
    { concurrency: 6, scenarios: scenarios.filter((scenario) => !hangs(scenario)) },
    { concurrency: waiting.length, scenarios: waiting },
  ];
}

/** Of each Node the first release that ends as these scenarios say; see "Other symptoms" in docs/troubleshooting.md. */
const FIRST: Readonly<Record<string, readonly [minor: number, patch: number]>> = {
  20: [20, 2],
  22: [23, 0],
  24: [17, 0],
  26: [2, 0],
};
const [major = "", minor = 0, patch = 0] = process.versions.node.split(".");
const [firstMinor, firstPatch] = FIRST[major] ?? [0, 0];
const isFirstOrLater = Number(minor) > firstMinor || (Number(minor) === firstMinor && Number(patch) >= firstPatch);

/** Why the scenarios cannot run on this Node, if they cannot. */
export const outdatedNode =
  !isFirstOrLater &&
  `Node ${process.versions.node} overlooks other faults; ${major}.${firstMinor}.${firstPatch} is tested`;

const isNode20 = major === "20";

/**
 * Node 20 overlooks that its HTTP/2 has given up on a peer that breaks the rules; later versions close the connection.
 */
export const overlooked: Ending = isNode20 ? expired : lost;
export const overlookedGreeting: Ending = isNode20 ? neverReady : notGrpc;
/**
 * A stream that is no `net.Socket` delivers in one turn what Node reports in the next: HTTP/2 has given up before the
 * request. Node 20 then stays silent; later versions take no request, so that the client dials until the deadline.
 */
export const overlookedOnStream: Ending = isNode20 ? expired : neverReady;
export const badLength: Ending = isNode20 ? "internal broken no-answer" : lost;

type Answer = (stream: PeerStream) => unknown;

/** A fault in the first response only; the server is healthy for the call right after it. */
export function answer(name: string, fault: Answer, first: Ending): Scenario {
  const peer: Behaviour = {
    answer: (stream, count) => {
      if (count === 1) fault(stream);
      else stream.ok();
    },
  };
  return { name, peer, always: { answer: fault }, first, second: "ok" };
}

/** A correct first response, and a fault right after it. The next call is sent before Node reports the fault. */
export function afterAnswer(name: string, fault: Answer, second: Ending): Scenario {
  return { ...answer(name, (stream) => fault(stream.ok()), "ok"), second };
}

/** A fault of every connection. */
export function connection(name: string, greet: Behaviour["greet"], ending: Ending): Scenario {
  return persistent(name, { mute: true, ...(greet && { greet }) }, ending);
}

/** Any behaviour that does the same to every call. */
export function persistent(name: string, peer: Behaviour, ending: Ending): Scenario {
  return { name, peer, always: peer, first: ending, second: ending };
}
