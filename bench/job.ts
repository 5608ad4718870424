import type { ClientName } from "./clients/names.js";

/** A job for a worker. */
export type Job =
  /** Fails unless the client's responses are right. */
  | { readonly kind: "check"; readonly method: "get" | "list" }
  /** `count` calls, `inFlight` at a time; `series` keeps the names of created records apart. */
  | { readonly kind: "get" | "create"; readonly count: number; readonly inFlight: number; readonly series: string }
  /** `count` gets, each started when it is due, however long those before it take. */
  | { readonly kind: "latency"; readonly count: number; readonly perSecond: number }
  | { readonly kind: "list"; readonly count: number }
  /** The longest time for which a list blocks the event loop. */
  | { readonly kind: "stall" }
  /** How much a list that is kept adds to the heap, per record. */
  | { readonly kind: "heap" }
  /** How much the heap holds at most while a list is iterated over that comes in several responses. */
  | { readonly kind: "iterate" }
  /** How much a get adds to the heap that waits until it may be sent. */
  | { readonly kind: "waiting" }
  /** How much garbage a get leaves. */
  | { readonly kind: "garbage"; readonly count: number }
  /** This library's parts alone: requests of creates encoded; a list of 10,000 decoded, `count` times. */
  | { readonly kind: "encode" | "decode"; readonly count: number }
  /** `count` records compared with an "or" of so many selectors. */
  | { readonly kind: "matches"; readonly count: number; readonly selectors: number }
  /** So many records in a cache, deleted at once, or a diagnosis beside so many namespaces. */
  | { readonly kind: "cache" | "deleteMany" | "diagnose"; readonly records: number }
  /** The memory of the process. */
  | { readonly kind: "memory" };

/** What a worker reads. */
export interface Order {
  readonly job: Job;
  /** Another client than that of the process. */
  readonly client?: ClientName;
}

/** The result of a worker; times are per call, list, or request. */
export interface Figures {
  readonly cpuUs?: number;
  readonly wallUs?: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly stallUs?: number;
  /** Per record, or per get that waits. */
  readonly keptBytes?: number;
  /** Until a cache shows an update of another client. */
  readonly updateUs?: number;
  /** Of a list that a cache repeats, per record; and how long it blocks the event loop. */
  readonly resyncUs?: number;
  readonly resyncStallUs?: number;
  /** Characters of a diagnosis, or of the error for records that may not be deleted. */
  readonly textLength?: number;
  /** In responses of the size of one part. */
  readonly peakResponses?: number;
  /** Per get: how much it allocates, and how much of that survives a collection of the young generation. */
  readonly allocatedBytes?: number;
  readonly survivingBytes?: number;
  readonly rssBytes?: number;
  readonly peakBytes?: number;
}
