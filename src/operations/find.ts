import { getRequest } from "../codec/requests.js";
import { imageResponse } from "../codec/responses.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import { isNotFound } from "../errors.js";
import type { Image } from "../image.js";
import type { Call } from "../rpc/call.js";
import type { Invoker } from "../rpc/invoker.js";

/** Reads the record of exactly this name with a call of its own; `undefined` where there is none. */
export function findImage(
  calls: ClientCalls,
  method: string,
  name: string,
  options: SendOptions,
): Promise<Image | undefined> {
  return undefinedIfNotFound(calls.send(method, getRequest(name), options, imageResponse));
}

/** The same, within a call that sends other requests too. */
export function findImageWithin(invoker: Invoker, call: Call, name: string): Promise<Image | undefined> {
  return undefinedIfNotFound(invoker.unary(getRequest(name), call, imageResponse));
}

async function undefinedIfNotFound(response: Promise<Image>): Promise<Image | undefined> {
  try {
    return await response;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
