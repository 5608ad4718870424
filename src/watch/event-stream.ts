import { encodeSubscribe, eventImageName } from "../codec/events.js";
import { requestOf } from "../codec/request.js";
import { versionResponse } from "../codec/responses.js";
import { KEEPALIVE_TIME_MS, KEEPALIVE_TIMEOUT_MS } from "../defaults.js";
import { Call } from "../rpc/call.js";
import type { EventStream, EventStreams } from "../rpc/event-streams.js";
import { RpcFailure } from "../rpc/failure.js";
import { VERSION } from "../rpc/method.js";
import { defaultRetryPolicy } from "../rpc/retry-policy.js";
import type { Clock } from "../util/clock.js";
import { pause } from "../util/sleep.js";
import { isRefusal, subscriptionError } from "./event-stream-failure.js";
import type { Subscribe, SubscriptionListener } from "./source.js";

export interface SubscriptionOptions {
  readonly namespace: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** Subscribes to the image events of one namespace. */
export function subscriber(streams: EventStreams, options: SubscriptionOptions): Subscribe {
  return (listener, signal) => new Subscription(streams, options, listener, signal).run();
}

/**
 * One stream of events.
 *
 * A connection that has died without a word is found by a small call on it, never by an HTTP/2 PING: containerd ends
 * connections that send those. Where the peer leaves no room for that call beside the stream, no answer comes, and the
 * stream is made anew.
 */
class Subscription {
  readonly #streams: EventStreams;
  readonly #options: SubscriptionOptions;
  readonly #listener: SubscriptionListener;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  #isHeard = false;

  constructor(
    streams: EventStreams,
    options: SubscriptionOptions,
    listener: SubscriptionListener,
    signal: AbortSignal,
  ) {
    this.#streams = streams;
    this.#options = options;
    this.#listener = listener;
    this.#signal = signal;
  }

  async run(): Promise<never> {
    const end = () => this.#over.abort();
    this.#signal.addEventListener("abort", end);
    try {
      const stream = await this.#open();
      this.#listener.opened();
      // Watching over the stream also ends it where a transport is deaf to its signal.
      return await Promise.race([stream.ended, this.#watchOver(stream)]);
    } catch (error) {
      throw subscriptionError(error, this.#options.namespace);
    } finally {
      this.#signal.removeEventListener("abort", end);
      this.#over.abort();
    }
  }

  #open(): Promise<EventStream> {
    const { namespace, headers } = this.#options;
    const request = encodeSubscribe([`namespace==${JSON.stringify(namespace)},topic~="^/images/"`]);
    return this.#streams.open(request, { headers, signal: this.#over.signal, received: (event) => this.#take(event) });
  }

  // The server queues without bound what is not taken from it, so this keeps no more than a name.
  #take(event: Uint8Array | undefined): void {
    this.#isHeard = true;
    const name = event && eventImageName(event);
    if (event === undefined) this.#listener.everything();
    else if (name !== undefined) this.#listener.changed(name);
  }

  async #watchOver(stream: EventStream): Promise<never> {
    for (;;) {
      this.#isHeard = false;
      await pause(this.#options.clock, KEEPALIVE_TIME_MS, this.#over.signal);
      if (!this.#isHeard) await this.#ask(stream);
    }
  }

  async #ask(stream: EventStream): Promise<void> {
    const { headers, clock } = this.#options;
    const details = {
      method: "watch",
      headers,
      timeoutMs: KEEPALIVE_TIMEOUT_MS,
      signal: this.#over.signal,
      retry: defaultRetryPolicy,
    };
    const call = new Call(details, clock);
    try {
      await stream.unary(requestOf(VERSION), call, versionResponse);
    } catch (error) {
      if (!(error instanceof RpcFailure && isRefusal(error))) throw error;
    } finally {
      call.deadline.release();
    }
  }
}
