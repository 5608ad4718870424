import type { ClientName } from "./clients/names.js";
import type { Figures, Job } from "./job.js";

/** The clients with which a target compares; of several, the best by the median. */
export type Peers = "grpc-js" | "grpc-js + proto-loader" | "connect-node" | "node:http2" | "Node peers";

/** The upper limit for this library, as a multiple of the peer's figure. */
export interface Target {
  readonly peers: Peers;
  readonly atMost: number;
}

/** One figure of a measurement: a row of the table. */
export interface Metric {
  readonly figure: keyof Figures;
  readonly label: string;
  readonly unit: "µs" | "ms" | "MB" | "bytes";
  readonly targets: readonly Target[];
  /** The upper limit for this library, in the unit of the metric. */
  readonly atMost?: number;
}

/** The same work for several clients. */
export interface Measurement {
  readonly title: string;
  readonly server: "stub" | "containerd";
  /** Whether records are created: each client then has a namespace of its own. */
  readonly isWrite: boolean;
  /** Records that a list gives. */
  readonly records: number;
  readonly clients: readonly ClientName[];
  /** Rounds of the full and of the short form; 0 leaves it out. */
  readonly rounds: { readonly full: number; readonly short: number };
  /** Whether every sample has a process of its own, which does no more than the jobs. */
  readonly isFresh: boolean;
  /** Jobs of one sample. The first round is for warming up, unless the processes are fresh. */
  readonly jobs: (round: number) => readonly Job[];
  readonly metrics: readonly Metric[];
}
