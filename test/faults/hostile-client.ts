import { readFileSync } from "node:fs";
import { requestOf } from "../../src/codec/request.js";
import { emptyResponse, imageCountResponse, imageResponse, imagesResponse } from "../../src/codec/responses.js";
import { Call } from "../../src/rpc/call.js";
import { RpcFailure } from "../../src/rpc/failure.js";
import { DELETE, GET, LIST } from "../../src/rpc/method.js";
import { defaultRetryPolicy } from "../../src/rpc/retry-policy.js";
import { createHttp2Channel } from "../../src/transport/http2/channel.js";
import type { Strain } from "./strain.js";

// Run as a process of its own with --expose-gc: makes one call, and prints how it ended and its cost.
const TICK_MS = 2;
const calls = {
  get: [GET, imageResponse],
  list: [LIST, imagesResponse],
  count: [LIST, imageCountResponse],
  delete: [DELETE, emptyResponse],
} as const;

const [path = "", name = "", timeout = ""] = process.argv.slice(2);
const [method, decoder] = Object.entries(calls).find(([known]) => known === name)?.[1] ?? calls.get;
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

const channel = createHttp2Channel({ kind: "unix", path });
globalThis.gc?.();
const before = memoryBytes();
let [longestTurnMs, lastMs, mostBytes, expiredAt] = [0, cpuMs(), 0, Number.POSITIVE_INFINITY];
const tick = setInterval(() => {
  const now = cpuMs();
  longestTurnMs = Math.max(longestTurnMs, now - lastMs);
  mostBytes = Math.max(mostBytes, memoryBytes() - before);
  lastMs = cpuMs();
}, TICK_MS);
const call = new Call({ method: "test", headers: {}, timeoutMs, signal: undefined, retry: defaultRetryPolicy });
setTimeout(() => {
  expiredAt = performance.now();
}, timeoutMs).unref();

let value: unknown;
let ending = "ok";
try {
  value = await channel.unary<unknown>(requestOf(method, new Uint8Array()), call, decoder);
} catch (error) {
  if (!(error instanceof RpcFailure)) throw error;
  ending = `${error.code} ${error.kind} ${error.evidence}`;
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
