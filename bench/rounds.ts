import { Random } from "../test/support/random.js";
import type { Destination } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import type { Figures, Job } from "./job.js";
import type { Measurement } from "./measurement.js";
import { shuffled } from "./records.js";
import { type Worker, WorkerProcess } from "./worker-process.js";

/** The figures of each client, round by round. */
export type Samples = ReadonlyMap<ClientName, readonly Figures[]>;

/** The address to which a client sends its calls. */
export type Route = (client: ClientName) => Destination;

type Workers = ReadonlyMap<ClientName, Worker>;
type RoundFigures = ReadonlyMap<ClientName, Figures>;

const random = new Random(Date.now());

/** Lets every client do the same jobs, batch by batch, in another order for each batch; each round in new processes. */
export async function measure(measurement: Measurement, rounds: number, route: Route): Promise<Samples> {
  const samples = new Map(measurement.clients.map((client): [ClientName, Figures[]] => [client, []]));
  await withWorkers(measurement, route, (workers) => check(measurement, workers));
  for (let round = 0; round < rounds; round++) {
    const figures = await withWorkers(measurement, route, (workers) => oneRound(measurement, round, workers));
    for (const [client, each] of figures) samples.get(client)?.push(each);
  }
  return samples;
}

async function withWorkers<T>(
  { clients, processes }: Measurement,
  route: Route,
  action: (workers: Workers) => Promise<T>,
): Promise<T> {
  const workers = new Map<ClientName, Worker>();
  const started: WorkerProcess[] = [];
  try {
    for (const client of clients) {
      const [first] = started;
      if (processes === "one" && first !== undefined) workers.set(client, first.beside(client));
      else {
        const process = await WorkerProcess.start(client, route(client));
        started.push(process);
        workers.set(client, process);
      }
    }
    return await action(workers);
  } finally {
    await Promise.all(started.map((process) => process.stop()));
  }
}

/** Each client except node:http2, which decodes nothing, has to read the records correctly. */
async function check({ isWrite, records, jobs }: Measurement, workers: Workers): Promise<void> {
  if (isWrite || records === "parts") return;
  const method = jobs(0).some(({ kind }) => kind === "list" || kind === "stall" || kind === "heap") ? "list" : "get";
  for (const [client, worker] of workers) if (client !== "node-http2") await worker.run({ kind: "check", method });
}

/** The means of the batches: a median would leave out the batches in which garbage is collected. */
async function oneRound(measurement: Measurement, round: number, workers: Workers): Promise<RoundFigures> {
  const { warmUps, batches, jobs } = measurement;
  const figures = new Map([...workers.keys()].map((client): [ClientName, Figures[]] => [client, []]));
  for (let batch = 0; batch < warmUps + batches; batch++) {
    for (const [client, worker] of shuffled([...workers], random)) {
      const result = await runAll(worker, jobs(round * (warmUps + batches) + batch));
      if (batch >= warmUps) figures.get(client)?.push(result);
    }
  }
  return new Map([...figures].map(([client, all]) => [client, meanOf(all)]));
}

function meanOf(all: readonly Figures[]): Figures {
  const keys = Object.keys(all[0] ?? {}) as (keyof Figures)[]; // the workers send nothing else
  const mean = (key: keyof Figures) => all.reduce((sum, figures) => sum + (figures[key] ?? Number.NaN), 0) / all.length;
  return Object.fromEntries(keys.map((key) => [key, mean(key)]));
}

async function runAll(worker: Worker, jobs: readonly Job[]): Promise<Figures> {
  let figures: Figures = {};
  for (const job of jobs) figures = { ...figures, ...(await worker.run(job)) };
  return figures;
}
