import type { Call } from "./call.js";
import type { Request } from "./request.js";
import type { ResponseDecoder } from "./response-decoder.js";

/**
 * Sends a request and decodes the response, or rejects with an `RpcFailure` that says what reached the server. Channels
 * implement this interface, and interceptors wrap it.
 */
export interface Invoker {
  unary<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T>;
}

/**
 * The difference between the daemons before and after a lost connection, by what they report about themselves. A
 * missing or new socket is no proof, because it may be that of a forwarder or a proxy.
 *
 * - `restarted`: another process serves the same store now, and the first one is gone. A request that it has not
 *   applied will never be applied.
 * - `other-server`: a daemon with another store, or one that may have another; its records say nothing about the
 *   request.
 * - `unknown`: it may be the same process, or either of the above.
 */
export type ServerChange = "restarted" | "other-server" | "unknown";

/** An invoker whose requests can stay on one connection. */
export interface PinnableInvoker extends Invoker {
  /**
   * Runs `use` with an invoker that stays on one connection to one daemon, so that its version, once read, is also true
   * for the next request. If the connection is gone, a request on it fails as `never-sent`. `connection` is the same
   * object as before only if the daemon must be the same, too.
   */
  pinned<T>(call: Call, use: (invoker: Invoker, connection: object) => Promise<T>): Promise<T>;
}

/** An invoker that owns connections. */
export interface Channel extends PinnableInvoker {
  /** Compares the daemon that responds now with the one at the other end of a lost connection. */
  serverChangeSince(connection: object | undefined, call: Call): Promise<ServerChange>;
  /**
   * How many times nobody listened, or the socket's file was another one than before. The socket may be that of a
   * forwarder or a proxy, so this number only controls how soon to retry; it proves nothing about the daemon.
   */
  outageCount(): number;
  /** Ends every connection at once; calls in flight fail as `no-answer`. */
  destroy(): void;
}

/** Adds one rule to a channel. */
export type Interceptor = (next: Channel) => Channel;

/** The channel `next` with some methods replaced by those of `own`. */
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
