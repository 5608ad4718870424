import type { ClientName } from "./clients/names.js";
import type { Figures, Job } from "./job.js";

/** The clients with which a target compares; of several, the best by the median. */
export type Peers =
  | "grpc-js"
  | "grpc-js + proto-loader"
  | "connect-node"
  | "node:http2"
  | "Node peers"
  | "grpc-go"
  | "the library before";

/** A comparison of this library with peers. */
export interface Target {
  readonly peers: Peers;
  /** The upper limit for this library, as a multiple of the peer's figure; none if the comparison is only shown. */
  readonly atMost?: number;
  readonly isGoal?: boolean;
}

/** One figure of a measurement: a row of the table. */
export interface Metric {
  readonly figure: keyof Figures;
  readonly label: string;
  readonly unit: "µs" | "ms" | "MB" | "bytes" | "responses";
  readonly targets: readonly Target[];
  /** The upper limit for this library, in the unit of the metric. */
  readonly atMost?: number;
  /** Whether `atMost` is a goal. */
  readonly isGoal?: boolean;
}

/** The same work for several clients. */
export interface Measurement {
  readonly title: string;
  readonly server: "stub" | "containerd" | "none";
  /** Whether records are created: each client then has a namespace of its own. */
  readonly isWrite: boolean;
  /** Records that a list gives; `parts` is a list that the stub gives in two parts. */
  readonly records: number | "parts";
  readonly clients: readonly ClientName[];
  /**
   * Rounds of the full and of the short form; 0 leaves it out. Fewer than six decide nothing. Each starts new
   * processes, because they differ: in what their caches hold, and in when they collect garbage.
   */
  readonly rounds: { readonly full: number; readonly short: number };
  /** Batches before those that count. Node compiles what is called often, and until then it is slower. */
  readonly warmUps: number;
  /** Batches of each client in a round. The clients take turns after each batch. */
  readonly batches: number;
  /** The processes of the clients: each has its `own`; or all share `one`, so that nothing but the clients differs. */
  readonly processes: "own" | "one";
  /** Jobs of one batch. */
  readonly jobs: (batch: number) => readonly Job[];
  readonly metrics: readonly Metric[];
}
