import type { Call } from "./call.js";
import type { Request } from "./request.js";
import type { ResponseDecoder } from "./response-decoder.js";

/**
 * The one seam of the library: sends a request and decodes the response, or rejects with an `RpcFailure` that says what
 * reached the server. Channels implement it, interceptors wrap it.
 */
export interface Invoker {
  unary<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T>;
}

/**
 * What daemons say of themselves before and after a connection was lost. A socket that is gone or new proves nothing,
 * because it may be that of a forwarder or a proxy.
 *
 * - `restarted`: another process serves the same store now, and the first one is gone: a request that it had not applied
 *   by then never will be.
 * - `other-server`: a daemon with another store, whose records say nothing of the request.
 * - `unknown`: it may be the same process, or one of the other two.
 */
export type ServerChange = "restarted" | "other-server" | "unknown";

/** An invoker that owns connections. */
export interface Channel extends Invoker {
  /**
   * Runs `use` with an invoker that stays on one connection to one daemon, so that what it has said about itself holds
   * for the next request too. A request on a pinned connection that is gone fails as `never-sent`.
   */
  pinned<T>(call: Call, use: (invoker: Invoker, connection: object) => Promise<T>): Promise<T>;
  /** Compares the daemon that a connection leads to now with the one at the other end of a lost connection. */
  serverChangeSince(connection: object | undefined, call: Call): Promise<ServerChange>;
  /**
   * How often nobody was there, or another socket than before. It may have been a forwarder's or a proxy's, so this is
   * good for pacing only, and proves nothing about the daemon.
   */
  outageCount(): number;
  /** Ends every connection at once; calls in flight fail as `no-answer`. */
  destroy(): void;
}

/** Adds one rule to a channel. */
export type Interceptor = (next: Channel) => Channel;

/** A channel that does as `next` does, but for what `own` does instead. */
export function intercepted(next: Channel, own: Partial<Channel>): Channel {
  return {
    unary: (request, call, decoder) => next.unary(request, call, decoder),
    pinned: (call, use) => next.pinned(call, use),
    serverChangeSince: (connection, call) => next.serverChangeSince(connection, call),
    outageCount: () => next.outageCount(),
    destroy: () => next.destroy(),
    ...own,
  };
}
