import { getRequest } from "../../../src/codec/requests.js";
import { imageResponse } from "../../../src/codec/responses.js";
import type { Image } from "../../../src/image.js";
import { Call, type CallDetails } from "../../../src/rpc/call.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import type { Invoker } from "../../../src/rpc/invoker.js";
import { DEFAULT_RETRY_POLICY } from "../../../src/rpc/retry-policy.js";
import type { Clock } from "../../../src/util/clock.js";

const defaults: CallDetails = {
  method: "test",
  headers: { "containerd-namespace": "default" },
  timeoutMs: 10_000,
  signal: undefined,
  retry: DEFAULT_RETRY_POLICY,
};

export function newCall(details: Partial<CallDetails> = {}, clock?: Clock): Call {
  return new Call({ ...defaults, ...details }, clock);
}

/** Reads one image over `invoker`. */
export async function get(invoker: Invoker, call = newCall(), name = "app:1"): Promise<Image> {
  try {
    return await invoker.unary(getRequest(name), call, imageResponse);
  } finally {
    call.deadline.release();
  }
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<RpcFailure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RpcFailure) return error;
    throw error;
  }
  throw new Error("the call went well");
}

/** `ok`, or code, kind and evidence of the failure. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    if (!(error instanceof RpcFailure)) throw error;
    return `${error.code} ${error.kind} ${error.evidence}`;
  }
}

/** Waits until `condition` holds; fails after a second. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("waited in vain");
}
