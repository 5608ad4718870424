import { readFileSync } from "node:fs";
import { createRequest, deleteRequest, getRequest, listRequest, updateRequest } from "../../src/codec/requests.js";
import { emptyResponse, imageCountResponse, imageResponse, imagesResponse } from "../../src/codec/responses.js";
import { connect } from "../../src/core/connection.js";
import { isImagesError } from "../../src/errors.js";
import { failureOf } from "../../src/interceptors/error-of-call.js";
import { Call } from "../../src/rpc/call.js";
import { RpcFailure } from "../../src/rpc/failure.js";
import { DEFAULT_RETRY_POLICY } from "../../src/rpc/retry-policy.js";
import { Http2Channel } from "../../src/transport/http2/channel.js";
import type { Strain } from "./strain.js";

// Run as a process of its own with --expose-gc: makes one call, and prints how it ended and its cost. The call goes
// straight over the channel, or through all that a client has around it.
const TICK_MS = 2;
const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1, annotations: {} };
const record = { name: "a", labels: { env: "prod" }, target };
const calls = {
  get: [getRequest("a"), imageResponse],
  list: [listRequest([]), imagesResponse],
  count: [listRequest([]), imageCountResponse],
  delete: [deleteRequest("a", false, undefined), emptyResponse],
  "get of a client": [getRequest("a"), imageResponse],
  "create of a client": [createRequest(record, undefined), imageResponse],
  "update of a client": [updateRequest(record, ["labels.env"], undefined), imageResponse],
} as const;

const [path = "", name = "", timeout = ""] = process.argv.slice(2);
const [request, decoder] = Object.entries(calls).find(([known]) => known === name)?.[1] ?? calls.get;
const timeoutMs = Number(timeout);

/**
 * Processor time of this thread (of the process, on systems other than Linux). Other load of the machine does not
 * change it.
 */
function cpuMs(): number {
  if (process.platform !== "linux") return process.cpuUsage().user / 1_000;
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const endpoint = { kind: "unix", path } as const;
const channel = name.endsWith(" of a client") ? connect({ endpoint }, {}).channel : new Http2Channel(endpoint);
globalThis.gc?.();
const before = memoryBytes();
let [longestTurnMs, lastMs, mostBytes, expiredAt] = [0, cpuMs(), 0, Number.POSITIVE_INFINITY];
const tick = setInterval(() => {
  const now = cpuMs();
  longestTurnMs = Math.max(longestTurnMs, now - lastMs);
  mostBytes = Math.max(mostBytes, memoryBytes() - before);
  lastMs = cpuMs();
}, TICK_MS);
const call = new Call({ method: "test", headers: {}, timeoutMs, signal: undefined, retry: DEFAULT_RETRY_POLICY });
setTimeout(() => {
  expiredAt = performance.now();
}, timeoutMs).unref();

let value: unknown;
let ending = "ok";
try {
  value = await channel.unary<unknown>(request, call, decoder);
} catch (error) {
  const failure = error instanceof RpcFailure ? error : failureOf(error);
  if (failure !== undefined) ending = `${failure.code} ${failure.kind} ${failure.evidence}`;
  else if (isImagesError(error)) ending = error.code;
  else throw error;
}
const lateMs = Math.max(0, performance.now() - expiredAt);
await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS));
clearInterval(tick);
call.deadline.release();
globalThis.gc?.();
const strain: Strain = { ending, longestTurnMs, lateMs, mostBytes, keptBytes: memoryBytes() - before };
console.log(JSON.stringify(strain));
channel.destroy();
if (value === call) throw new Error("the value has to live until here");
