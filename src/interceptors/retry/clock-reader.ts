import { CLOCK_TOPIC, encodeSubscribe, eventTopicAndTime, publishRequest } from "../../codec/events.js";
import { emptyResponse } from "../../codec/responses.js";
import type { Call } from "../../rpc/call.js";
import type { EventStream, EventStreams } from "../../rpc/event-streams.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { ServerClock } from "./server-clock.js";

/**
 * Reads the server's clock into `clock` repeatedly, and yields after each reading. It ends when the clock cannot be
 * read.
 */
export type ReadClock = (clock: ServerClock, call: Call) => AsyncIterable<void>;

// The server does not acknowledge a subscription, so events that are published before it is set up are missed.
const MAX_EVENTS = 20;
const WAIT_MS = 10;

/**
 * Reads the server's clock from events, because no RPC returns the time. It publishes events without content under a
 * unique topic, and receives them again with the server's timestamp. Nothing is stored.
 */
export function clockReader(eventStreams: () => Promise<EventStreams>): ReadClock {
  return async function* (clock, call) {
    const reading = new Reading(clock, call);
    try {
      await reading.open(await eventStreams());
      for (let n = 0; n < MAX_EVENTS && call.deadline.cancellation === undefined; n += 1)
        if (await reading.next()) yield;
    } catch (error) {
      // If the server's clock cannot be read, the order of its timestamps stays unknown.
      if (!(error instanceof RpcFailure)) throw error;
    } finally {
      reading.close();
    }
  };
}

/** A subscription to the events that it publishes itself. */
class Reading {
  readonly #clock: ServerClock;
  readonly #call: Call;
  readonly #topic = `${CLOCK_TOPIC}${Math.random().toString(36).slice(2)}`;
  readonly #sentAtMs = new Map<string, number>();
  readonly #over = new AbortController();
  #stream: EventStream | undefined;
  #hasReceived = false;
  #wake = () => {};

  constructor(clock: ServerClock, call: Call) {
    this.#clock = clock;
    this.#call = call;
  }

  async open(streams: EventStreams): Promise<void> {
    const request = encodeSubscribe([`topic~="^${this.#topic}/"`]);
    const { headers, deadline } = this.#call;
    const opened = streams.open(request, {
      headers,
      signal: this.#over.signal,
      received: (event) => this.#received(event),
    });
    this.#stream = await deadline.within(opened);
  }

  /** Publishes an event; returns whether one was received in time. */
  async next(): Promise<boolean> {
    this.#hasReceived = false;
    const topic = `${this.#topic}/${this.#sentAtMs.size}`;
    this.#sentAtMs.set(topic, this.#call.deadline.clock.now());
    await this.#stream?.unary(publishRequest(topic), this.#call, emptyResponse);
    if (!this.#hasReceived) await this.#wait();
    return this.#hasReceived;
  }

  close(): void {
    this.#over.abort();
  }

  #received(event: Uint8Array | undefined): void {
    const { topic, timeMs } = event === undefined ? {} : eventTopicAndTime(event);
    const sentAtMs = topic === undefined ? undefined : this.#sentAtMs.get(topic);
    if (sentAtMs === undefined || timeMs === undefined) return;
    this.#clock.learn(timeMs, sentAtMs);
    this.#hasReceived = true;
    this.#wake();
  }

  #wait(): Promise<void> {
    const received = new Promise<void>((resolve) => {
      const stop = this.#call.deadline.clock.after(WAIT_MS, resolve);
      this.#wake = () => {
        stop();
        resolve();
      };
    });
    return Promise.race([received, this.#stream?.ended]);
  }
}
