import type { Channel } from "../rpc/invoker.js";
import { outsideCalls } from "./http2/outside-calls.js";

/** An engine whose code is loaded with the first call; for engines that own no connection. */
export function lazyChannel(load: () => Promise<Channel>): Channel {
  let loading: Promise<Channel> | undefined;
  const engine = (): Promise<Channel> => {
    loading ??= outsideCalls(load);
    return loading;
  };
  return {
    unary: async (request, call, decoder) => (await engine()).unary(request, call, decoder),
    pinned: async (call, use) => (await engine()).pinned(call, use),
    serverChangeSince: async () => "unknown",
    outageCount: () => 0,
    destroy: () => {},
  };
}
