import type { Invoker } from "./invoker.js";

/** The one streaming RPC that is used. */
export const SUBSCRIBE = { path: "/containerd.services.events.v1.Events/Subscribe" } as const;

export interface EventStreamOptions {
  /** Metadata to send, keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Takes the bytes of each event, which are there only now; `undefined` stands for one too large to be kept. */
  readonly received: (event: Uint8Array | undefined) => void;
}

/** Opens streams of events. */
export interface EventStreams {
  /** Sends a request to subscribe; resolves once it is on its way, or rejects with a `WireFailure`. */
  open(request: Uint8Array, options: EventStreamOptions): Promise<EventStream>;
}

/** An open stream of events, and a wire for the small calls on its connection that show whether it is still alive. */
export interface EventStream extends Invoker {
  /**
   * Rejects with a `WireFailure` when the stream is over; a stream of events has no good end. Its evidence is
   * `no-answer` where the connection was lost, `answered` where the peer has ended the stream.
   */
  readonly ended: Promise<never>;
}
