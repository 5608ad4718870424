import { type ClientName, runtimeNames } from "./clients/names.js";
import type { Job } from "./job.js";
import type { Measurement, Metric, Target } from "./measurement.js";

const peers = ["connect-node", "grpc-js-proto-loader", "grpc-js-ts-proto", "nice-grpc"] as const;
const decoding: readonly ClientName[] = ["containerd-images", "before", ...peers, "grpc-go"];
const allClients: readonly ClientName[] = [...decoding, "node-http2"];
const versions: readonly ClientName[] = ["containerd-images", "before"];
const onRuntimes: readonly ClientName[] = ["containerd-images", ...runtimeNames];

/** Records of the real daemon; also the number of a list from it. */
export const DAEMON_RECORDS = 10_000;
const MANY_RECORDS = 40_000;
const MEMORY_GETS = 20_000;
const GETS_PER_SECOND = 1_000;

/** Of measurements that take little time, or whose goal is near. */
const veryOften = { full: 24, short: 8 };
const often = { full: 16, short: 6 };
const sometimes = { full: 9, short: 6 };
const seldom = { full: 6, short: 0 };

const cpu = { figure: "cpuUs", label: "CPU", unit: "µs" } as const;
const wall = { figure: "wallUs", label: "time", unit: "µs", targets: [] } as const;
const kept = { figure: "keptBytes", unit: "bytes" } as const;

/** Go is only shown: another language has other costs. */
const shown: readonly Target[] = [{ peers: "grpc-go" }];

/** What most measurements have in common. */
const usual = {
  server: "stub",
  isWrite: false,
  processes: "own",
  warmUps: 0,
  batches: 1,
  records: 1,
} as const;

const createTargets: readonly Target[] = [{ peers: "the library before" }, atMost(0.75, "grpc-js"), ...shown];

/** The measurements of the comparison with other clients, and with an older version. */
export const plan: readonly Measurement[] = [
  get("stub", 1, cpuTargets(0.65, 0.28)),
  get("stub", 64, cpuTargets(0.65, 0.28)),
  inOneProcess(get("stub", 1, [goal(1.18, "node:http2")]), "node-http2"),
  inOneProcess(get("stub", 64, [goal(1.12, "node:http2")]), "node-http2"),
  latency("stub"),
  get("containerd", 1, cpuTargets(0.75, 0.36)),
  get("containerd", 64, cpuTargets(0.75, 0.36)),
  latency("containerd"),
  create("stub", createTargets),
  create("containerd", createTargets),
  inOneProcess(create("stub", [goal(0.72, "the library before")]), "before"),
  {
    ...list("containerd", DAEMON_RECORDS),
    rounds: often,
    metrics: [
      { ...cpu, unit: "ms", targets: [goal(0.55, "Node peers"), ...shown] },
      { ...wall, unit: "ms", targets: [atMost(0.8, "Node peers")] },
    ],
  },
  {
    ...list("containerd", DAEMON_RECORDS),
    batches: 1,
    clients: decoding.filter((client) => client !== "grpc-go"), // Go has no event loop
    jobs: () => [{ kind: "stall" }],
    metrics: [{ figure: "stallUs", label: "longest stall of the event loop", unit: "ms", targets: [], atMost: 15 }],
  },
  {
    ...list("containerd", DAEMON_RECORDS),
    warmUps: 0,
    batches: 1,
    rounds: { full: 6, short: 6 },
    jobs: () => [{ kind: "heap" }],
    metrics: [{ ...kept, label: "heap kept per image", targets: [goal(0.85, "Node peers"), ...shown] }],
  },
  {
    ...list("stub", MANY_RECORDS),
    rounds: seldom,
    metrics: [
      { ...cpu, unit: "ms", targets: [atMost(1, "Node peers"), ...shown] },
      { ...wall, unit: "ms" },
    ],
  },
  {
    ...list("stub", MANY_RECORDS),
    ...onlyOnce({ kind: "list", count: 1 }),
    metrics: [
      { figure: "peakBytes", label: "peak memory", unit: "MB", targets: [atMost(1.1, "Node peers"), ...shown] },
    ],
  },
  {
    ...usual,
    ...onlyOnce({ kind: "get", count: MEMORY_GETS, inFlight: 64, series: "" }),
    title: `Process after ${MEMORY_GETS.toLocaleString("en")} gets`,
    clients: decoding,
    rounds: { full: often.full, short: 0 },
    metrics: [{ figure: "rssBytes", label: "memory", unit: "MB", targets: [goal(0.8, "connect-node"), ...shown] }],
  },
  part("Encoding a create with six labels", { kind: "encode", count: 5_000 }, "µs", 0.35),
  part("Decoding a list of 10,000", { kind: "decode", count: 1 }, "ms", 0.75),
  {
    ...usual,
    title: "Get that waits until it may be sent",
    clients: versions,
    ...onlyOnce({ kind: "waiting" }),
    rounds: { full: 6, short: 6 },
    metrics: [{ ...kept, label: "heap", targets: [], atMost: 1_500, isGoal: true }],
  },
  {
    ...usual,
    title: "iterate over two responses",
    records: "parts",
    clients: versions,
    ...onlyOnce({ kind: "iterate" }),
    rounds: { full: 6, short: 6 },
    metrics: [
      {
        figure: "peakResponses",
        label: "peak of the live heap",
        unit: "responses",
        targets: [],
        atMost: 1.1,
        isGoal: true,
      },
    ],
  },
];

/** The main rows, for this library on several runtimes. */
export const runtimePlan: readonly Measurement[] = [
  get("stub", 1, []),
  get("stub", 64, []),
  list("stub", DAEMON_RECORDS),
].map((each) => ({ ...each, title: `${each.title}, runtimes`, clients: onRuntimes, rounds: sometimes }));

function get(server: "stub" | "containerd", inFlight: number, targets: readonly Target[]): Measurement {
  return {
    ...usual,
    title: inFlight === 1 ? "Get, one at a time" : `Get, ${inFlight} in flight`,
    server,
    records: server === "stub" ? 1 : DAEMON_RECORDS,
    clients: allClients,
    rounds: sometimes,
    warmUps: 15,
    batches: 15,
    jobs: () => [{ kind: "get", count: inFlight === 1 ? 150 : 400, inFlight, series: "" }],
    metrics: [{ ...cpu, targets }, wall],
  };
}

function latency(server: "stub" | "containerd"): Measurement {
  return {
    ...get(server, 1, []),
    title: `Get, ${GETS_PER_SECOND.toLocaleString("en")} a second`,
    warmUps: 1,
    batches: 1,
    jobs: () => [{ kind: "latency", count: GETS_PER_SECOND, perSecond: GETS_PER_SECOND }],
    metrics: [
      { figure: "p50Us", label: "p50", unit: "µs", targets: [] },
      { figure: "p99Us", label: "p99", unit: "µs", targets: [atMost(0.7, "grpc-js"), ...shown] },
    ],
  };
}

/** A measurement of this library and a peer that share a process: it shows small differences better. */
function inOneProcess({ title, metrics, ...rest }: Measurement, peer: ClientName): Measurement {
  return {
    ...rest,
    title: `${title}, in one process`,
    clients: ["containerd-images", peer],
    rounds: veryOften,
    warmUps: 40,
    batches: 40,
    processes: "one",
    metrics: metrics.filter(({ figure }) => figure === cpu.figure),
  };
}

function create(server: "stub" | "containerd", targets: readonly Target[]): Measurement {
  const count = server === "stub" ? 200 : 128;
  return {
    ...usual,
    title: "Create, 64 in flight",
    server,
    records: server === "stub" ? 1 : DAEMON_RECORDS,
    clients: decoding,
    rounds: often,
    warmUps: 10,
    batches: 10,
    isWrite: true,
    jobs: (batch): readonly Job[] => [{ kind: "create", count, inFlight: 64, series: String(batch) }],
    metrics: [{ ...cpu, targets }, wall],
  };
}

function list(server: "stub" | "containerd", records: number): Measurement {
  return {
    ...usual,
    title: `List of ${records.toLocaleString("en")}`,
    server,
    records,
    clients: decoding,
    rounds: sometimes,
    warmUps: 5,
    batches: 5,
    jobs: () => [{ kind: "list", count: 1 }],
    metrics: [
      { ...cpu, unit: "ms", targets: [] },
      { ...wall, unit: "ms" },
    ],
  };
}

/** A part of this library, compared with the same part of an older version. */
function part(title: string, job: Job, unit: Metric["unit"], factor: number): Measurement {
  const metrics: readonly Metric[] = [{ ...cpu, unit, targets: [goal(factor, "the library before")] }];
  return {
    ...usual,
    title,
    server: "none",
    clients: versions,
    rounds: veryOften,
    warmUps: 10,
    batches: 20,
    jobs: () => [job],
    metrics,
  };
}

/** One job in each process, which is not warm. */
function onlyOnce(job: Job): Pick<Measurement, "warmUps" | "batches" | "rounds" | "jobs"> {
  return { warmUps: 0, batches: 1, rounds: seldom, jobs: () => [job, { kind: "memory" }] };
}

function cpuTargets(grpcJs: number, connect: number): readonly Target[] {
  return [atMost(grpcJs, "grpc-js"), atMost(connect, "connect-node"), atMost(1.5, "node:http2"), ...shown];
}

function atMost(factor: number, group: Target["peers"]): Target {
  return { peers: group, atMost: factor };
}

function goal(factor: number, group: Target["peers"]): Target {
  return { ...atMost(factor, group), isGoal: true };
}
