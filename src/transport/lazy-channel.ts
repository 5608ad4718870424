import type { Channel } from "../rpc/invoker.js";
import { outsideCalls } from "../util/outside-calls.js";

/** A channel whose code is loaded with the first call. It is only for channels that own no connection. */
export function lazyChannel(load: () => Promise<Channel>): Channel {
  let loading: Promise<Channel> | undefined;
  const channel = (): Promise<Channel> => {
    loading ??= outsideCalls(load);
    return loading;
  };
  return {
    unary: async (request, call, decoder) => (await channel()).unary(request, call, decoder),
    pinned: async (call, use) => (await channel()).pinned(call, use),
    serverChangeSince: async () => "unknown",
    outageCount: () => 0,
    destroy: () => {},
  };
}
