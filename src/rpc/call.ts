import type { Clock } from "../util/clock.js";
import { Deadline, type DeadlineOptions } from "./deadline.js";
import type { Method } from "./method.js";
import type { RetryPolicy } from "./retry-policy.js";

export interface CallDetails extends DeadlineOptions {
  /** What the user called, as errors name it. */
  readonly method: string;
  /** The RPC that this method stands for; `undefined` where it makes several. */
  readonly rpc?: Method["name"] | undefined;
  /** Counts along with other calls of the same method. */
  readonly attempts?: AttemptCount | undefined;
  /** Metadata to send, keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly retry: RetryPolicy;
  /** Sees the response's metadata; only `raw` asks for it. */
  readonly onMetadata?: ((header: Metadata, trailer: Metadata) => void) | undefined;
}

/** How many requests were handed to a connection, without those that only find something out. */
export interface AttemptCount {
  total: number;
}

/** Metadata of a response, keys in lower case, repeated keys in order. */
export type Metadata = readonly (readonly [key: string, value: string])[];

/** One call on its way: what it sends along, how it is retried, and the time that it has. */
export class Call {
  readonly method: string;
  readonly rpc: Method["name"] | undefined;
  readonly attempts: AttemptCount;
  readonly deadline: Deadline;
  readonly retry: RetryPolicy;
  readonly onMetadata: CallDetails["onMetadata"];
  readonly #ownHeaders: Readonly<Record<string, string>>;
  #headers: Readonly<Record<string, string>>;

  constructor(details: CallDetails, clock?: Clock) {
    this.method = details.method;
    this.rpc = details.rpc;
    this.attempts = details.attempts ?? { total: 0 };
    this.deadline = new Deadline(details, clock);
    this.retry = details.retry;
    this.onMetadata = details.onMetadata;
    this.#ownHeaders = details.headers;
    this.#headers = details.headers;
  }

  /** Metadata to send, keys in lower case. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /** Runs `use` without counting its requests, for those that only find something out. */
  async uncounted<T>(use: () => Promise<T>): Promise<T> {
    const { total } = this.attempts;
    try {
      return await use();
    } finally {
      this.attempts.total = total;
    }
  }

  /** Sends `headers` along as well, instead of those that were set before; the call's own names win. */
  setTraceHeaders(headers: Readonly<Record<string, string>>): void {
    this.#headers = { ...headers, ...this.#ownHeaders };
  }
}

/** The namespace that a call is for. */
export function namespaceOf(call: Call): string {
  return call.headers["containerd-namespace"] ?? "";
}
