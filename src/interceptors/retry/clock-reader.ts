import { CLOCK_TOPIC, encodeSubscribe, eventTopicAndTime, publishRequest } from "../../codec/events.js";
import { emptyResponse } from "../../codec/responses.js";
import type { Call } from "../../rpc/call.js";
import type { EventStream, EventStreams } from "../../rpc/event-streams.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { ServerClock } from "./server-clock.js";

/** Reads the server's clock into `clock` and yields, again and again; ends when it cannot. */
export type ReadClock = (clock: ServerClock, call: Call) => AsyncIterable<void>;

// The first events are missed while the server sets up the subscription, which it does not acknowledge.
const MAX_EVENTS = 20;
const WAIT_MS = 10;

/**
 * Reads the server's clock from events, since no call tells the time: it publishes events that mean nothing, under a
 * topic of their own, and the server stamps them on their way back. Nothing is stored.
 */
export function clockReader(eventStreams: () => Promise<EventStreams>): ReadClock {
  return async function* (clock, call) {
    const reading = new Reading(clock, call);
    try {
      await reading.open(await eventStreams());
      for (let n = 0; n < MAX_EVENTS && call.deadline.cancellation === undefined; n += 1)
        if (await reading.next()) yield;
    } catch (error) {
      // A server that does not tell its time leaves it unknown.
      if (!(error instanceof RpcFailure)) throw error;
    } finally {
      reading.close();
    }
  };
}

/** One subscription to one's own events. */
class Reading {
  readonly #clock: ServerClock;
  readonly #call: Call;
  readonly #topic = `${CLOCK_TOPIC}${Math.random().toString(36).slice(2)}`;
  readonly #sentAtMs = new Map<string, number>();
  readonly #over = new AbortController();
  #stream: EventStream | undefined;
  #hasCome = false;
  #come = () => {};

  constructor(clock: ServerClock, call: Call) {
    this.#clock = clock;
    this.#call = call;
  }

  async open(streams: EventStreams): Promise<void> {
    const request = encodeSubscribe([`topic~="^${this.#topic}/"`]);
    const { headers } = this.#call;
    this.#stream = await streams.open(request, {
      headers,
      signal: this.#over.signal,
      received: (event) => this.#received(event),
    });
  }

  /** Publishes an event; whether one has come back within a moment. */
  async next(): Promise<boolean> {
    this.#hasCome = false;
    const topic = `${this.#topic}/${this.#sentAtMs.size}`;
    this.#sentAtMs.set(topic, this.#call.deadline.clock.now());
    await this.#stream?.unary(publishRequest(topic), this.#call, emptyResponse);
    if (!this.#hasCome) await this.#wait();
    return this.#hasCome;
  }

  close(): void {
    this.#over.abort();
  }

  #received(event: Uint8Array | undefined): void {
    const { topic, timeMs } = event === undefined ? {} : eventTopicAndTime(event);
    const sentAtMs = topic === undefined ? undefined : this.#sentAtMs.get(topic);
    if (sentAtMs === undefined || timeMs === undefined) return;
    this.#clock.learn(timeMs, sentAtMs);
    this.#hasCome = true;
    this.#come();
  }

  #wait(): Promise<void> {
    const come = new Promise<void>((resolve) => {
      const stop = this.#call.deadline.clock.after(WAIT_MS, resolve);
      this.#come = () => {
        stop();
        resolve();
      };
    });
    return Promise.race([come, this.#stream?.ended]);
  }
}
