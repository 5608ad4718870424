import { getRequest } from "../codec/requests.js";
import { imageResponse } from "../codec/responses.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import type { Image } from "../image.js";
import { foundOrUndefined } from "../interceptors/found.js";
import type { Call } from "../rpc/call.js";
import type { Invoker } from "../rpc/invoker.js";

/** Reads the record of exactly this name with a call of its own; `undefined` where there is none. */
export function findImage(
  calls: ClientCalls,
  method: string,
  name: string,
  options: SendOptions,
): Promise<Image | undefined> {
  return foundOrUndefined(calls.send(method, getRequest(name), options, imageResponse));
}

/** The same, within a call that sends other requests too. */
export function findImageWithin(invoker: Invoker, call: Call, name: string): Promise<Image | undefined> {
  return foundOrUndefined(invoker.unary(getRequest(name), call, imageResponse));
}
