import { requestOf } from "../codec/encoded-request.js";
import { versionResponse } from "../codec/responses.js";
import type { ClientCalls } from "../core/client-calls.js";
import { metadataOf } from "../core/client-settings.js";
import type { Filter } from "../filters/index.js";
import type { Image } from "../image.js";
import { findImage } from "../operations/find.js";
import { listImages } from "../operations/large-lists.js";
import type { AttemptCount } from "../rpc/call.js";
import { VERSION } from "../rpc/method.js";
import { type Subscribe, subscriber } from "./event-stream.js";

/** What a watch needs from a client. Every call rejects with an `ImagesError`. */
export interface WatchSource {
  list(filter: Filter, signal: AbortSignal): Promise<readonly Image[]>;
  find(name: string, signal: AbortSignal): Promise<Image | undefined>;
  /** The server's version. */
  version(signal: AbortSignal): Promise<string>;
  /** See {@link Channel.outageCount}. */
  outageCount(): number;
  /** Loads the code for subscriptions. The result is a function that sends the request at once. */
  subscriber(): Promise<Subscribe>;
}

/** A real client as the source of a watch, for the method that the user called. */
export function clientSource(
  calls: ClientCalls,
  method: string,
  headers: Readonly<Record<string, string>>,
  attempts: AttemptCount,
): WatchSource {
  const { settings } = calls;
  const options = { headers, attempts };
  return {
    list: (filter, signal) => listImages(calls, method, filter, { ...options, signal }),
    find: (name, signal) => findImage(calls, method, name, { ...options, signal }),
    version: (signal) => calls.send(method, requestOf(VERSION), { ...options, signal }, versionResponse),
    outageCount: () => calls.outageCount(),
    subscriber: async () =>
      subscriber(await calls.eventStreams(method), {
        namespace: settings.namespace,
        headers: { ...headers, ...metadataOf(settings) },
        clock: calls.clock,
      }),
  };
}
