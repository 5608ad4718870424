import { setTimeout as sleep } from "node:timers/promises";
import { requestOf } from "../../src/codec/encoded-request.js";
import { createRequest, deleteRequest, getRequest } from "../../src/codec/requests.js";
import { imageResponse } from "../../src/codec/responses.js";
import { Call } from "../../src/rpc/call.js";
import { RpcFailure } from "../../src/rpc/failure.js";
import type { Channel } from "../../src/rpc/invoker.js";
import { CREATE, DELETE, GET, type Method } from "../../src/rpc/method.js";
import { DEFAULT_RETRY_POLICY } from "../../src/rpc/retry-policy.js";
import type { Endpoint } from "../../src/transport/endpoint.js";
import { Http2Channel } from "../../src/transport/http2/channel.js";
import { AwakeClock } from "../support/awake-clock.js";
import { Peer } from "./peer.js";
import { type Ending, isExpired, type Scenario } from "./scenario.js";

/**
 * The deadline of calls that are expected to reach it, and of all other calls. A busy machine may stop this process for
 * two seconds before it has sent the request. How fast the others are is not tested here: such a machine needs many
 * times longer for a flood of DATA.
 */
export const DEADLINE_MS = { expired: 5_000, other: 60_000 };
/** How much later than its deadline a call may settle, while this process runs. */
const GRACE_MS = 250;

const record = {
  name: "app:1",
  labels: {},
  target: { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 7, annotations: {} },
};

/** The requests that each fault is tried with. */
export const requests: readonly (readonly [Method, Uint8Array])[] = [
  [GET, getRequest(record.name).bytes],
  [CREATE, createRequest(record, undefined).bytes],
  [DELETE, deleteRequest(record.name, false, undefined).bytes],
];

/** The result of a fault: how both calls ended, and how many connections were still open a moment later. */
export interface Report {
  readonly first: string;
  readonly second: string;
  readonly openConnections: number;
}

/** Tries one fault with one request, and sends the request again right after it. */
export async function run(
  scenario: Scenario,
  method: Method,
  request: Uint8Array,
  endpointOf: (path: string) => Endpoint = (path) => ({ kind: "unix", path }),
): Promise<Report> {
  const peer = await Peer.start(scenario.peer);
  // A busy machine may connect again late. A call that will not be able to connect need not wait long.
  const waitForDaemonMs = [scenario.first, scenario.second].includes("ok") ? 5_000 : 400;
  const channel = new Http2Channel(endpointOf(peer.path), { waitForDaemonMs });
  try {
    const first = await outcome(channel, method, request, deadlineOf(scenario.first));
    const second = await outcome(channel, method, request, deadlineOf(scenario.second));
    channel.destroy();
    return { first, second, openConnections: await stillOpen(peer) };
  } finally {
    peer.stop();
  }
}

/** How one call ends; `hang` when it does not. */
async function outcome(channel: Channel, method: Method, request: Uint8Array, timeoutMs: number): Promise<string> {
  const headers = { "containerd-namespace": "default" };
  const call = new Call({ method: method.name, headers, timeoutMs, signal: undefined, retry: DEFAULT_RETRY_POLICY });
  const settled = new AbortController();
  try {
    const response = channel.unary(requestOf(method, request), call, imageResponse);
    return await Promise.race([response.then(() => "ok"), overdue(timeoutMs, settled.signal).then(() => "hang")]);
  } catch (error) {
    if (!(error instanceof RpcFailure)) throw error;
    return `${error.code} ${error.kind} ${error.evidence}`;
  } finally {
    call.deadline.release();
    settled.abort();
  }
}

/** Resolves when a call with this time-out should long have settled. */
async function overdue(timeoutMs: number, settled: AbortSignal): Promise<void> {
  const options = { signal: settled };
  await sleep(timeoutMs, undefined, options);
  using clock = new AwakeClock();
  while (clock.now() < GRACE_MS) await sleep(10, undefined, options);
}

function deadlineOf(ending: Ending): number {
  return isExpired(ending) ? DEADLINE_MS.expired : DEADLINE_MS.other;
}

// The peer sees the end of a connection some turns of the event loop later.
async function stillOpen(peer: Peer): Promise<number> {
  for (let i = 0; i < 50 && peer.open.size > 0; i += 1) await sleep(5);
  return peer.open.size;
}
