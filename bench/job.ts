/** What a worker is asked to do. */
export type Job =
  /** Fails unless the client's answer is what it should be. The stub's to a get is so only where it holds one record. */
  | { readonly kind: "check"; readonly method: "get" | "list" }
  /** `count` calls, `inFlight` at a time; `series` keeps the names of created records apart. */
  | { readonly kind: "get" | "create"; readonly count: number; readonly inFlight: number; readonly series: string }
  | { readonly kind: "list"; readonly count: number }
  /** The longest time that the event loop stands still during a list. */
  | { readonly kind: "stall" }
  /** What a list that is kept adds to the heap, per record. */
  | { readonly kind: "heap" }
  /** What a get leaves to the garbage collector. */
  | { readonly kind: "garbage"; readonly count: number }
  /** What the process takes up. */
  | { readonly kind: "memory" };

/** What a worker measured; times are per call or list. */
export interface Figures {
  readonly cpuUs?: number;
  readonly wallUs?: number;
  readonly p99Us?: number;
  readonly stallUs?: number;
  /** Per record. */
  readonly keptBytes?: number;
  /** Per get: what it allocates, and what of that a collection of the young generation cannot take. */
  readonly allocatedBytes?: number;
  readonly survivingBytes?: number;
  readonly rssBytes?: number;
  readonly peakBytes?: number;
}
