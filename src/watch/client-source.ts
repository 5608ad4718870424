import { requestOf } from "../codec/request.js";
import { versionResponse } from "../codec/responses.js";
import type { ClientCalls } from "../core/client-calls.js";
import { metadataOf } from "../core/client-settings.js";
import { type Filter, matches } from "../filters/index.js";
import type { Image } from "../image.js";
import type { CallOptions } from "../options.js";
import { VERSION } from "../rpc/method.js";
import { systemClock } from "../util/clock.js";
import { subscriber } from "./event-stream.js";
import type { WatchSource } from "./source.js";

/** The two methods of a client that a watch calls. */
export interface ImageReader {
  list(filter: Filter, options: CallOptions): Promise<readonly Image[]>;
  find(name: string, options: CallOptions): Promise<Image | undefined>;
}

/** A watch's source that asks a real client. */
export function clientSource(
  images: ImageReader,
  caller: ClientCalls,
  filter: Filter,
  headers: Readonly<Record<string, string>>,
): WatchSource {
  return {
    list: (signal) => images.list(filter, { signal, headers }),
    find: async (name, signal) => {
      const image = await images.find(name, { signal, headers });
      return image !== undefined && matches(filter, image) ? image : undefined;
    },
    version: (signal) => caller.send("watch", requestOf(VERSION), { signal, headers }, versionResponse),
    outageCount: () => caller.outageCount(),
    events: async () => {
      const streams = await caller.eventStreams();
      const { namespace } = caller.settings;
      return subscriber(streams, {
        namespace,
        headers: { ...headers, ...metadataOf(caller.settings) },
        clock: systemClock,
      });
    },
  };
}
