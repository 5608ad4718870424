import type { Channel } from "../rpc/invoker.js";
import { lazy } from "../util/lazy.js";
import { outsideCalls } from "../util/outside-calls.js";

/** A channel whose code is loaded with the first call. It is only for channels that own no connection. */
export function lazyChannel(load: () => Promise<Channel>): Channel {
  const channel = lazy(() => outsideCalls(load));
  return {
    unary: async (request, call, decoder) => (await channel()).unary(request, call, decoder),
    pinned: async (call, use) => (await channel()).pinned(call, use),
    serverChangeSince: async () => "unknown",
    outageCount: () => 0,
    destroy: () => {},
  };
}
