/** A job for a worker. */
export type Job =
  /**
   * Fails unless the client's responses are right. The stub's response to a get is right only if the stub has one
   * record.
   */
  | { readonly kind: "check"; readonly method: "get" | "list" }
  /** `count` calls, `inFlight` at a time; `series` keeps the names of created records apart. */
  | { readonly kind: "get" | "create"; readonly count: number; readonly inFlight: number; readonly series: string }
  | { readonly kind: "list"; readonly count: number }
  /** The longest time for which a list blocks the event loop. */
  | { readonly kind: "stall" }
  /** How much a list that is kept adds to the heap, per record. */
  | { readonly kind: "heap" }
  /** How much garbage a get leaves. */
  | { readonly kind: "garbage"; readonly count: number }
  /** The memory of the process. */
  | { readonly kind: "memory" };

/** The result of a worker; times are per call or list. */
export interface Figures {
  readonly cpuUs?: number;
  readonly wallUs?: number;
  readonly p99Us?: number;
  readonly stallUs?: number;
  /** Per record. */
  readonly keptBytes?: number;
  /** Per get: how much it allocates, and how much of that survives a collection of the young generation. */
  readonly allocatedBytes?: number;
  readonly survivingBytes?: number;
  readonly rssBytes?: number;
  readonly peakBytes?: number;
}
