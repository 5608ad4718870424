import type { Clock } from "../util/clock.js";
import type { Linked } from "../util/line.js";
import { Deadline, type DeadlineOptions } from "./deadline.js";
import type { Method } from "./method.js";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "./retry-policy.js";

export interface CallDetails extends DeadlineOptions {
  /** The method that the user called, as errors name it. */
  readonly method: string;
  /** The one RPC that this method makes; `undefined` if it makes several. */
  readonly rpc?: Method["name"] | undefined;
  /** The counter that this call shares with other calls of the same method. */
  readonly attempts?: AttemptCount | undefined;
  /** Metadata to send, keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly retry: RetryPolicy;
  /** Called with the metadata of the response; only `raw` sets it. */
  readonly onMetadata?: ((header: Metadata, trailer: Metadata) => void) | undefined;
}

/**
 * How many requests were handed to a connection. Requests that only find out the outcome or the server's version are
 * not counted.
 */
export interface AttemptCount {
  total: number;
}

/** Metadata of a response, keys in lower case, repeated keys in order. */
export type Metadata = readonly (readonly [key: string, value: string])[];

/** One call: its metadata, its retry policy and its deadline. */
export class Call implements Linked<Call> {
  readonly method: string;
  readonly rpc: Method["name"] | undefined;
  readonly deadline: Deadline;
  readonly retry: RetryPolicy;
  readonly onMetadata: CallDetails["onMetadata"];
  previous: Call | undefined;
  next: Call | undefined;
  readonly #ownHeaders: Readonly<Record<string, string>>;
  #headers: Readonly<Record<string, string>>;
  #attempts: AttemptCount | undefined;

  constructor(details: CallDetails, clock?: Clock) {
    this.method = details.method;
    this.rpc = details.rpc;
    this.deadline = new Deadline(details, clock);
    this.retry = details.retry;
    this.onMetadata = details.onMetadata;
    this.#ownHeaders = details.headers;
    this.#headers = details.headers;
    this.#attempts = details.attempts;
  }

  /** Counts the requests. A call that waits for its first turn has none yet, and no counter. */
  get attempts(): AttemptCount {
    this.#attempts ??= { total: 0 };
    return this.#attempts;
  }

  /** Metadata to send, keys in lower case. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /**
   * Does not count the requests of `use`, which only finds something out. If `use` fails, so does the call, and they
   * are counted.
   */
  async uncounted<T>(use: () => Promise<T>): Promise<T> {
    const { total } = this.attempts;
    const value = await use();
    this.attempts.total = total;
    return value;
  }

  /** Adds `headers` to the metadata, and removes those that were set before. The call's own headers override them. */
  setTraceHeaders(headers: Readonly<Record<string, string>>): void {
    this.#headers = { ...headers, ...this.#ownHeaders };
  }
}

/** Runs `use` inside a call that the library makes for itself. */
export async function withOwnCall<T>(
  details: Pick<CallDetails, "method" | "timeoutMs"> & Partial<CallDetails>,
  clock: Clock,
  use: (call: Call) => Promise<T>,
): Promise<T> {
  const call = new Call({ headers: {}, signal: undefined, retry: DEFAULT_RETRY_POLICY, ...details }, clock);
  try {
    return await use(call);
  } finally {
    call.deadline.release();
  }
}

/** The namespace of a call. */
export function namespaceOf(call: Call): string {
  return call.headers["containerd-namespace"] ?? "";
}

/** Whether it is a call of `raw`, which shows what the server sent, and sends what its user has made. */
export function isRaw({ onMetadata }: Call): boolean {
  return onMetadata !== undefined;
}
