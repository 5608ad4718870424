import type { Clock } from "../util/clock.js";
import { Deadline, type DeadlineOptions } from "./deadline.js";
import type { RetryPolicy } from "./retry-policy.js";

export interface CallDetails extends DeadlineOptions {
  /** What the user called, as errors name it. */
  readonly method: string;
  /** Metadata to send, keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly retry: RetryPolicy;
  /** Sees the response's metadata; only `raw` asks for it. */
  readonly onMetadata?: ((header: Metadata, trailer: Metadata) => void) | undefined;
}

/** Metadata of a response, keys in lower case, repeated keys in order. */
export type Metadata = readonly (readonly [key: string, value: string])[];

/** One call on its way: what it sends along, how it is retried, and the time that it has. */
export class Call {
  readonly method: string;
  readonly deadline: Deadline;
  readonly retry: RetryPolicy;
  readonly onMetadata: CallDetails["onMetadata"];
  readonly #ownHeaders: Readonly<Record<string, string>>;
  #headers: Readonly<Record<string, string>>;

  constructor(details: CallDetails, clock?: Clock) {
    this.method = details.method;
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

  /** Sends `headers` along as well, instead of those that were set before; the call's own names win. */
  setTraceHeaders(headers: Readonly<Record<string, string>>): void {
    this.#headers = { ...headers, ...this.#ownHeaders };
  }
}

/** The namespace that a call is for. */
export function namespaceOf(call: Call): string {
  return call.headers["containerd-namespace"] ?? "";
}
