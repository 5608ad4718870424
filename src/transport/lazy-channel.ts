import type { Channel, PinnableInvoker } from "../rpc/invoker.js";
import { latePart } from "../rpc/late-part.js";

/**
 * A channel whose code is loaded with the first call. It owns no connection, so it knows nothing about one, and there
 * is none to end.
 */
export function lazyChannel(load: () => Promise<PinnableInvoker>): Channel {
  const channel = latePart(load);
  return {
    unary: async (request, call, decoder) => (await channel()).unary(request, call, decoder),
    pinned: async (call, use) => (await channel()).pinned(call, use),
    serverChangeSince: async () => "unknown",
    outageCount: () => 0,
    destroy: () => {},
  };
}
