import { setTimeout as sleep } from "node:timers/promises";
import {
  type ImageCache,
  type ImageEvent,
  ImagesClient,
  type ImagesClientOptions,
  type WaitCondition,
  type Watch,
} from "../../../src/index.js";
import type { Exchange } from "./gateway.js";
import { type Observation, observed } from "./judge-observer.js";
import { type State, stateOfImage } from "./record-state.js";

/** Metadata of all its requests. */
const OBSERVER = "truth-observer";
const LATE_MS = 10;
/** A watch is back within a second of the daemon; later on a busy machine. */
const SETTLE_MS = 30_000;
/** Its first list must not fail on a busy machine. */
const TIMEOUT_MS = 60_000;

/** Whether a request is an observer's, and not one of the call under test. */
export function isObservers({ headers }: Exchange): boolean {
  return headers[OBSERVER] !== undefined;
}

/**
 * A second client that only reads, through the same faults: with a watch, with a cache, and with a wait in each scene.
 */
export class Observer {
  readonly #images: ImagesClient;
  readonly #watch: Watch;
  readonly #cache: ImageCache;
  readonly #options = { headers: { [OBSERVER]: "yes" } };
  readonly #events = new Map<string, ImageEvent[]>();
  #requests = 0;
  /** Why the watch has ended, if nobody has ended it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(options: ImagesClientOptions) {
    this.#images = new ImagesClient({ ...options, timeoutMs: TIMEOUT_MS });
    this.#watch = this.#images.watch(this.#options);
    this.#cache = this.#images.cache(this.#options);
    this.#note().catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  /** Resolves when it has read all records for the first time. */
  get ready(): Promise<void> {
    return this.#cache.ready;
  }

  /** Passes on a request of the observer. Some answers come late, and some never. */
  async serve(exchange: Exchange, pass: (exchange: Exchange) => Promise<void>): Promise<void> {
    if (exchange.path.endsWith("/Subscribe")) return pass(exchange); // after each loss the watch waits longer
    this.#requests += 1;
    if (this.#requests % 7 === 0) return exchange.reset();
    if (this.#requests % 11 === 0) return exchange.answerStatus(14); // unavailable
    if (this.#requests % 5 !== 0) return pass(exchange);
    await pass({ ...exchange, answer: (reply) => setTimeout(() => exchange.answer(reply), LATE_MS) });
  }

  /** Waits for a record that is as the condition says; `undefined` if it is told to stop. */
  waitFor(name: string, condition: WaitCondition, signal: AbortSignal): Promise<Observation["waited"]> {
    return this.#images.waitFor(name, condition, { ...this.#options, signal }).then(
      (image) => ({ state: image && stateOfImage(image) }),
      (error: unknown) => (signal.aborted ? undefined : Promise.reject(error)),
    );
  }

  /** What it was told of a record, once that is what `look` finds every `lookMs`, or when it should have been. */
  async observe(
    name: string,
    look: () => Promise<State>,
    lookMs: number,
  ): Promise<Pick<Observation, "events" | "cached">> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const state = await look();
      const cached = this.#cache.get(name);
      const found = { events: this.#events.get(name) ?? [], cached: cached && stateOfImage(cached) };
      if (observed(found, state) || performance.now() > end) return found;
      await sleep(lookMs);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#watch.return(), this.#cache.close()]);
    await this.#images.close({ graceMs: 0 });
  }

  async #note(): Promise<void> {
    for await (const event of this.#watch) {
      if (event.type === "synced") continue;
      const { name } = event.image;
      this.#events.set(name, [...(this.#events.get(name) ?? []), event]);
    }
  }
}
