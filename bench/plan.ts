import type { ClientName } from "./clients/names.js";
import type { Job } from "./job.js";
import type { Measurement, Metric, Target } from "./measurement.js";

const peers = ["connect-node", "grpc-js-proto-loader", "grpc-js-ts-proto", "nice-grpc"] as const;
const allClients: readonly ClientName[] = ["containerd-images", "node-http2", ...peers];
const decoding: readonly ClientName[] = ["containerd-images", ...peers];

/** Records of the real daemon; also the number of a list from it. */
export const DAEMON_RECORDS = 10_000;
const MANY_RECORDS = 40_000;
const MEMORY_GETS = 20_000;

const often = { full: 15, short: 3 };
const sometimes = { full: 7, short: 2 };

const cpu = { figure: "cpuUs", label: "CPU", unit: "µs" } as const;
const wall = { figure: "wallUs", label: "time", unit: "µs" } as const;
const p99 = { figure: "p99Us", label: "p99", unit: "µs" } as const;

/** The measurements, each for all clients. */
export const plan: readonly Measurement[] = [
  get("Get, one at a time", "stub", 1, cpuTargets(0.65, 0.28)),
  get("Get, 64 in flight", "stub", 64, cpuTargets(0.65, 0.28)),
  get("Get, one at a time", "containerd", 1, cpuTargets(0.75, 0.36)),
  get("Get, 64 in flight", "containerd", 64, cpuTargets(0.75, 0.36)),
  create("stub"),
  create("containerd"),
  {
    ...list("containerd", DAEMON_RECORDS, sometimes),
    metrics: [
      { ...cpu, unit: "ms", targets: [atMost(0.6, "Node peers")] },
      { ...wall, unit: "ms", targets: [atMost(0.8, "Node peers")] },
    ],
  },
  {
    ...list("containerd", DAEMON_RECORDS, sometimes),
    jobs: () => [{ kind: "stall" }],
    metrics: [{ figure: "stallUs", label: "longest stall of the event loop", unit: "ms", targets: [], atMost: 15 }],
  },
  {
    ...list("containerd", DAEMON_RECORDS, { full: 3, short: 1 }),
    jobs: () => [{ kind: "heap" }],
    metrics: [{ figure: "keptBytes", label: "heap kept per image", unit: "bytes", targets: [atMost(1, "Node peers")] }],
  },
  {
    ...list("stub", MANY_RECORDS, { full: 7, short: 0 }),
    metrics: [
      { ...cpu, unit: "ms", targets: [atMost(1, "Node peers")] },
      { ...wall, unit: "ms", targets: [] },
    ],
  },
  {
    ...list("stub", MANY_RECORDS, { full: 7, short: 1 }),
    isFresh: true,
    jobs: () => [{ kind: "list", count: 1 }, { kind: "memory" }],
    metrics: [{ figure: "peakBytes", label: "peak memory", unit: "MB", targets: [atMost(1.1, "Node peers")] }],
  },
  {
    title: `Process after ${MEMORY_GETS.toLocaleString("en")} gets`,
    server: "stub",
    records: 1,
    clients: decoding,
    rounds: { full: 5, short: 1 },
    isWrite: false,
    isFresh: true,
    jobs: () => [{ kind: "get", count: MEMORY_GETS, inFlight: 64, series: "" }, { kind: "memory" }],
    metrics: [{ figure: "rssBytes", label: "memory", unit: "MB", targets: [atMost(0.75, "connect-node")] }],
  },
];

function get(title: string, server: Measurement["server"], inFlight: number, targets: readonly Target[]): Measurement {
  const count = inFlight === 1 ? 1_500 : 4_000;
  return {
    title,
    server,
    records: server === "stub" ? 1 : DAEMON_RECORDS,
    clients: allClients,
    rounds: often,
    isWrite: false,
    isFresh: false,
    jobs: () => [{ kind: "get", count, inFlight, series: "" }],
    metrics: [
      { ...cpu, targets },
      { ...wall, targets: [] },
      { ...p99, targets: [atMost(0.7, "grpc-js")] },
    ],
  };
}

function cpuTargets(grpcJs: number, connect: number): readonly Target[] {
  return [atMost(grpcJs, "grpc-js"), atMost(connect, "connect-node"), atMost(1.5, "node:http2")];
}

function atMost(factor: number, group: Target["peers"]): Target {
  return { peers: group, atMost: factor };
}

function create(server: Measurement["server"]): Measurement {
  const jobs = (round: number): readonly Job[] => [
    { kind: "create", count: server === "stub" ? 2_000 : 640, inFlight: 64, series: String(round) },
  ];
  const metrics: readonly Metric[] = [
    { ...cpu, targets: [atMost(0.75, "grpc-js")] },
    { ...wall, targets: [] },
  ];
  const records = server === "stub" ? 1 : DAEMON_RECORDS;
  const rounds = { full: 9, short: server === "stub" ? 2 : 3 };
  const title = "Create, 64 in flight";
  return { title, server, records, clients: decoding, rounds, isWrite: true, isFresh: false, jobs, metrics };
}

function list(
  server: Measurement["server"],
  records: number,
  rounds: Measurement["rounds"],
): Omit<Measurement, "metrics"> {
  const title = `List of ${records.toLocaleString("en")}`;
  const jobs = (): readonly Job[] => [{ kind: "list", count: 5 }];
  return { title, server, records, clients: decoding, rounds, isWrite: false, isFresh: false, jobs };
}
