import { getRequest } from "../../../src/codec/requests.js";
import { imageResponse } from "../../../src/codec/responses.js";
import type { Image } from "../../../src/image.js";
import type { Call, CallDetails } from "../../../src/rpc/call.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import type { Invoker } from "../../../src/rpc/invoker.js";
import { type Clock, systemClock } from "../../../src/util/clock.js";
import { callOn } from "../interceptors/calls.js";

export function newCall(details: Partial<CallDetails> = {}, clock: Clock = systemClock): Call {
  return callOn(clock, details);
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
