import { requestOf } from "../codec/encoded-request.js";
import { encodeSubscribe, eventImageName } from "../codec/events.js";
import { versionResponse } from "../codec/responses.js";
import { KEEPALIVE_TIME_MS, KEEPALIVE_TIMEOUT_MS } from "../defaults.js";
import { type ErrorCode, type ImagesError, isImagesError } from "../errors.js";
import { failureOf, keepFailure } from "../interceptors/error-of-call.js";
import { callError, causeOf } from "../interceptors/to-images-error.js";
import { withOwnCall } from "../rpc/call.js";
import type { EventStream, EventStreams } from "../rpc/event-streams.js";
import { RpcFailure } from "../rpc/failure.js";
import { VERSION } from "../rpc/method.js";
import type { Clock } from "../util/clock.js";
import { messageOf } from "../util/message-of.js";
import { onAbort } from "../util/on-abort.js";
import { sleep } from "../util/sleep.js";
import type { WorkQueue } from "./work-queue.js";

/**
 * The codes with which a server says that it has no events, none for this client, or no more streams. Lost streams have
 * other codes.
 */
const REFUSAL_CODES: ReadonlySet<ErrorCode> = new Set([
  "unimplemented",
  "permission_denied",
  "unauthenticated",
  "resource_exhausted",
]);

/**
 * Sends a request to subscribe, and adds to the queue what each event says until the signal aborts. Resolves once the
 * request is sent; both promises reject with an `ImagesError`.
 */
export type Subscribe = (queue: ChangeQueue, signal: AbortSignal) => Promise<Subscription>;

/** The part of the work queue that events reach. */
export type ChangeQueue = Pick<WorkQueue, "add" | "requestRelist">;

/** An open stream of events. */
interface Subscription {
  /** Rejects when the stream has ended, for any reason. */
  readonly ended: Promise<never>;
}

interface SubscriberOptions {
  readonly namespace: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** Subscribes to the image events of one namespace. */
export function subscriber(streams: EventStreams, options: SubscriberOptions): Subscribe {
  return (queue, signal) => new ImageEventStream(options, queue).open(streams, signal);
}

/**
 * One stream of events.
 *
 * A small call on the same connection finds out whether a silent connection is dead. An HTTP/2 PING cannot be used,
 * because containerd closes connections that send it. If the peer allows no further call on the connection, the call
 * fails, and the stream is opened again.
 */
class ImageEventStream {
  readonly #options: SubscriberOptions;
  readonly #queue: ChangeQueue;
  readonly #controller = new AbortController();
  #hasReceived = false;

  constructor(options: SubscriberOptions, queue: ChangeQueue) {
    this.#options = options;
    this.#queue = queue;
  }

  async open(streams: EventStreams, signal: AbortSignal): Promise<Subscription> {
    const unsubscribe = onAbort(signal, () => this.#controller.abort());
    const close = () => {
      unsubscribe();
      this.#controller.abort();
    };
    try {
      return { ended: this.#run(await this.#subscribe(streams), close) };
    } catch (error) {
      close();
      throw subscriptionError(error, this.#options.namespace);
    }
  }

  async #run(stream: EventStream, close: () => void): Promise<never> {
    try {
      // The keepalive rejects on abort too, so the stream ends even where a transport ignores its signal.
      return await Promise.race([stream.ended, this.#keepAlive(stream)]);
    } catch (error) {
      throw subscriptionError(error, this.#options.namespace);
    } finally {
      close();
    }
  }

  #subscribe(streams: EventStreams): Promise<EventStream> {
    const { namespace, headers } = this.#options;
    const request = encodeSubscribe([`namespace==${JSON.stringify(namespace)},topic~="^/images/"`]);
    const received = (event: Uint8Array | undefined) => this.#received(event);
    return streams.open(request, { headers, signal: this.#controller.signal, received });
  }

  // The server keeps all events that a client does not read, without a limit. So every event is read at once, and only
  // the name of its image is kept.
  #received(event: Uint8Array | undefined): void {
    this.#hasReceived = true;
    const name = event && eventImageName(event);
    if (event === undefined) this.#queue.requestRelist();
    else if (name !== undefined) this.#queue.add(name);
  }

  async #keepAlive(stream: EventStream): Promise<never> {
    for (;;) {
      this.#hasReceived = false;
      await sleep(this.#options.clock, KEEPALIVE_TIME_MS, this.#controller.signal);
      if (!this.#hasReceived) await this.#check(stream);
    }
  }

  async #check(stream: EventStream): Promise<void> {
    const { headers, clock } = this.#options;
    const { signal } = this.#controller;
    try {
      await withOwnCall({ method: "watch", headers, timeoutMs: KEEPALIVE_TIMEOUT_MS, signal }, clock, (call) =>
        stream.unary(requestOf(VERSION), call, versionResponse),
      );
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
}

/** The error with which a subscription ends: a refusal keeps its code, everything else is `unavailable`. */
export function subscriptionError(thrown: unknown, namespace: string): ImagesError {
  const failure = thrown instanceof RpcFailure ? thrown : undefined;
  const error = callError(messageOf(thrown), {
    code: isRefusal(thrown) ? thrown.code : "unavailable",
    method: "subscribe",
    namespace,
    attempts: 1,
    outcome: "not-applied",
    cause: failure === undefined ? thrown : causeOf(failure),
  });
  return failure === undefined ? error : keepFailure(error, failure);
}

/** Whether the server has rejected the subscription. */
export function isRefusal(error: unknown): error is RpcFailure | ImagesError {
  return (error instanceof RpcFailure || isImagesError(error)) && REFUSAL_CODES.has(error.code);
}

/** Whether there is no connection, which can have the code of a refusal too. */
export function isUnconnected(error: unknown): boolean {
  const failure = failureOf(error);
  return failure?.evidence === "never-sent" && failure.kind !== "status"; // a status: no connection has room
}

/** Whether the connection of the subscription was lost; if not, the peer has ended the stream. */
export function isConnectionLost(error: unknown): boolean {
  return failureOf(error)?.evidence === "no-answer";
}
