import type { Engine } from "../rpc/invoker.js";
import { outsideCalls } from "./http2/outside-calls.js";

/** An engine whose code is loaded with the first call; for engines that own no connection. */
export function lazyEngine(load: () => Promise<Engine>): Engine {
  let loading: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => {
    loading ??= outsideCalls(load);
    return loading;
  };
  return {
    unary: async (method, request, call, decoder) => (await engine()).unary(method, request, call, decoder),
    pinned: async (call, use) => (await engine()).pinned(call, use),
    answererAfter: async () => "unknown",
    timesDown: () => 0,
    destroy: () => {},
  };
}
