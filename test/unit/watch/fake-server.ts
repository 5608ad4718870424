import type { ErrorCode } from "../../../src/errors.js";
import { ImagesError } from "../../../src/errors.js";
import type { Image } from "../../../src/image.js";
import type { Evidence } from "../../../src/options.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { subscriptionError } from "../../../src/watch/event-stream-failure.js";
import type { Subscribe, SubscriptionListener, WatchSource } from "../../../src/watch/source.js";

/** A record; `change` counts its changes. */
export function record(name: string, change = 1, labels: Readonly<Record<string, string>> = {}): Image {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1, annotations: {} };
  return { name, labels, target, createdAt: new Date(0), updatedAt: new Date(change) };
}

export function failure(code: ErrorCode): ImagesError {
  const about = { method: "list", namespace: "n", attempts: 1, outcome: "not-applied" } as const;
  return new ImagesError(`${code} on purpose`, { code, ...about });
}

/** How a subscription ends whose connection is lost, or which the peer has ended. */
export function lost(evidence: Evidence = "no-answer"): ImagesError {
  return subscriptionError(new RpcFailure("on purpose", { code: "unavailable", kind: "broken", evidence }), "n");
}

/** A server as a watch sees it: records, and events that can get lost. */
export class FakeServer implements WatchSource {
  readonly records = new Map<string, Image>();
  /** Every call, in order: `list`, `find app:1`, `version`, `subscribe`. */
  readonly calls: string[] = [];
  serverVersion = "2.1.0";
  /** Errors of the next lists. */
  readonly listErrors: ImagesError[] = [];
  /** How every subscription ends at once, if it does. */
  subscribeError: ImagesError | undefined;
  #timesDown = 0;
  readonly #streams = new Set<{ listener: SubscriptionListener; end: (error: unknown) => void }>();

  get streams(): number {
    return this.#streams.size;
  }

  async list(signal: AbortSignal): Promise<readonly Image[]> {
    this.calls.push("list");
    signal.throwIfAborted();
    const error = this.listErrors.shift();
    if (error !== undefined) throw error;
    return [...this.records.values()];
  }

  async find(name: string, signal: AbortSignal): Promise<Image | undefined> {
    this.calls.push(`find ${name}`);
    signal.throwIfAborted();
    return this.records.get(name);
  }

  async version(): Promise<string> {
    this.calls.push("version");
    return this.serverVersion;
  }

  async events(): Promise<Subscribe> {
    return (listener, signal) => {
      this.calls.push("subscribe");
      if (this.subscribeError !== undefined) return Promise.reject(this.subscribeError);
      return new Promise((_, reject) => {
        const stream = { listener, end: reject };
        this.#streams.add(stream);
        listener.opened();
        signal.addEventListener("abort", () => {
          this.#streams.delete(stream);
          reject(signal.reason);
        });
      });
    };
  }

  /** Stores a record and tells of it, unless the event is lost. */
  put(image: Image, isTold = true): void {
    this.records.set(image.name, image);
    if (isTold) this.tell(image.name);
  }

  remove(name: string, isTold = true): void {
    this.records.delete(name);
    if (isTold) this.tell(name);
  }

  tell(name: string): void {
    for (const { listener } of this.#streams) listener.changed(name);
  }

  tellOfEverything(): void {
    for (const { listener } of this.#streams) listener.everything();
  }

  outageCount(): number {
    return this.#timesDown;
  }

  /** Ends every stream, as a daemon does that is killed and comes back. */
  restart(): void {
    this.#timesDown += 1;
    this.disconnect(lost());
  }

  /** Ends every stream. */
  disconnect(error: unknown): void {
    for (const { end } of this.#streams) end(error);
    this.#streams.clear();
  }
}
