import { RpcFailure } from "./failure.js";
import type { Invoker } from "./invoker.js";

/** The only streaming RPC that this library uses. */
export const SUBSCRIBE = { path: "/containerd.services.events.v1.Events/Subscribe" } as const;

export interface EventStreamOptions {
  /** Metadata to send, keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /**
   * Called with the bytes of each event, which are valid only during the call; `undefined` for an event that is too
   * large.
   */
  readonly received: (event: Uint8Array | undefined) => void;
}

/** Opens streams of events. */
export interface EventStreams {
  /** Sends a request to subscribe. Resolves once it is sent, or rejects with an `RpcFailure`. */
  open(request: Uint8Array, options: EventStreamOptions): Promise<EventStream>;
}

/**
 * An open stream of events. As an invoker it sends small calls on the same connection, which show whether it is still
 * alive.
 */
export interface EventStream extends Invoker {
  /**
   * Rejects with an `RpcFailure` when the stream has ended; a stream of events never ends successfully. The evidence is
   * `no-answer` if the connection was lost, and `answered` if the peer ended the stream.
   */
  readonly ended: Promise<never>;
}

/** The failure of a stream that the peer has ended without an error, which a stream of events never does by itself. */
export function streamEndedFailure(): RpcFailure {
  return new RpcFailure("the server ended the stream", { code: "unavailable", kind: "broken", evidence: "answered" });
}
