import { type ErrorCode, ImagesError } from "../../../src/errors.js";
import type { Filter } from "../../../src/filters/index.js";
import type { Image } from "../../../src/image.js";
import type { Evidence } from "../../../src/options.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { type ChangeQueue, type Subscribe, subscriptionError } from "../../../src/watch/event-stream.js";
import type { WatchSource } from "../../../src/watch/source.js";

/** A record; `change` counts its changes. */
export function record(name: string, change = 1, labels: Readonly<Record<string, string>> = {}): Image {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1, annotations: {} };
  return { name, labels, target, createdAt: new Date(0), updatedAt: new Date(change) };
}

export function failure(code: ErrorCode): ImagesError {
  const about = { method: "list", namespace: "n", attempts: 1, outcome: "not-applied" } as const;
  return new ImagesError(`${code} on purpose`, { code, ...about });
}

/** How a subscription ends when its connection is lost (`no-answer`), or when the peer ends it (`answered`). */
export function lost(evidence: Evidence = "no-answer"): ImagesError {
  return subscriptionError(new RpcFailure("on purpose", { code: "unavailable", kind: "broken", evidence }), "n");
}

/** How a subscription ends when no connection can be made. */
export function unconnected(code: ErrorCode): ImagesError {
  return subscriptionError(new RpcFailure("on purpose", { code, kind: "misconfigured", evidence: "never-sent" }), "n");
}

/** How a subscription ends when no connection has room for it. */
export function withoutRoom(): ImagesError {
  const details = { code: "resource_exhausted", kind: "status", evidence: "never-sent" } as const;
  return subscriptionError(new RpcFailure("on purpose", details), "n");
}

/** The status of a proxy that asks to wait before the next request. */
export function busy(pushback: number): ImagesError {
  return subscriptionError(
    new RpcFailure("on purpose", { code: "unavailable", kind: "status", evidence: "answered", pushback }),
    "n",
  );
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
  #outageCount = 0;
  /** What the version waits for after a request to subscribe. */
  #frozen: Promise<void> | undefined;
  readonly #streams = new Set<{ queue: ChangeQueue; end: (error: unknown) => void }>();

  get streams(): number {
    return this.#streams.size;
  }

  async list(_filter: Filter, signal: AbortSignal): Promise<readonly Image[]> {
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
    if (this.calls.includes("subscribe")) await this.#frozen;
    return this.serverVersion;
  }

  /** Lets the version wait after a request to subscribe; the result ends that. */
  holdVersionAfterSubscribe(): () => void {
    let end = () => {};
    this.#frozen = new Promise((resolve) => {
      end = resolve;
    });
    return () => end();
  }

  async subscriber(): Promise<Subscribe> {
    return async (queue, signal) => {
      this.calls.push("subscribe");
      if (this.subscribeError !== undefined) throw this.subscribeError;
      return { ended: this.#stream(queue, signal) };
    };
  }

  #stream(queue: ChangeQueue, signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const stop = () => {
        this.#streams.delete(stream);
        end(signal.reason);
      };
      const end = (error: unknown) => {
        signal.removeEventListener("abort", stop);
        reject(error);
      };
      const stream = { queue, end };
      this.#streams.add(stream);
      signal.addEventListener("abort", stop);
    });
  }

  /** Stores a record and sends an event, unless the event is lost. */
  put(image: Image, hasEvent = true): void {
    this.records.set(image.name, image);
    if (hasEvent) this.sendEvent(image.name);
  }

  remove(name: string, hasEvent = true): void {
    this.records.delete(name);
    if (hasEvent) this.sendEvent(name);
  }

  sendEvent(name: string): void {
    for (const { queue } of this.#streams) queue.add(name);
  }

  /** Sends an event that is too large to be read. */
  sendTooLargeEvent(): void {
    for (const { queue } of this.#streams) queue.requestRelist();
  }

  outageCount(): number {
    return this.#outageCount;
  }

  /** Ends every stream, as a killed daemon does that comes back. */
  restart(): void {
    this.#outageCount += 1;
    this.disconnect(lost());
  }

  /** Ends every stream. */
  disconnect(error: unknown): void {
    for (const { end } of this.#streams) end(error);
    this.#streams.clear();
  }
}

/** Lets the version fail after a request to subscribe. */
export function failVersionAfterSubscribe(server: FakeServer, error: Error): void {
  const version = server.version.bind(server);
  server.version = () => (server.calls.includes("subscribe") ? Promise.reject(error) : version());
}
