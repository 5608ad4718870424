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

/** Lets every client do the same jobs, batch by batch, in another order for each batch. */
export async function measure(measurement: Measurement, rounds: number, route: Route): Promise<Samples> {
  return measurement.processes === "new"
    ? measureNew(measurement, rounds, route)
    : measureWarm(measurement, rounds, route);
}

async function measureWarm(measurement: Measurement, rounds: number, route: Route): Promise<Samples> {
  const samples = new Map(measurement.clients.map((client): [ClientName, Figures[]] => [client, []]));
  const processes: WorkerProcess[] = [];
  try {
    const workers = await startWorkers(measurement, route, processes);
    await check(measurement, workers);
    for (let round = 0; round < measurement.warmUps + rounds; round++) {
      for (const [client, figures] of await oneRound(measurement, round, workers)) {
        if (round >= measurement.warmUps) samples.get(client)?.push(figures);
      }
    }
    return samples;
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

async function startWorkers(measurement: Measurement, route: Route, processes: WorkerProcess[]): Promise<Workers> {
  const workers = new Map<ClientName, Worker>();
  for (const client of measurement.clients) {
    const [first] = processes;
    if (measurement.processes === "one" && first !== undefined) workers.set(client, first.beside(client));
    else {
      const process = await WorkerProcess.start(client, route(client));
      processes.push(process);
      workers.set(client, process);
    }
  }
  return workers;
}

/** Each client except node:http2, which decodes nothing, has to read the records correctly. */
async function check({ isWrite, records, jobs }: Measurement, workers: Workers): Promise<void> {
  if (isWrite || records === "parts") return;
  const method = jobs(0).some(({ kind }) => kind === "list" || kind === "stall" || kind === "heap") ? "list" : "get";
  for (const [client, worker] of workers) if (client !== "node-http2") await worker.run({ kind: "check", method });
}

/** The means of the batches: a median would leave out the batches in which garbage is collected. */
async function oneRound({ batches, jobs }: Measurement, round: number, workers: Workers): Promise<RoundFigures> {
  const figures = new Map([...workers.keys()].map((client): [ClientName, Figures[]] => [client, []]));
  for (let batch = 0; batch < batches; batch++) {
    for (const [client, worker] of shuffled([...workers], random)) {
      figures.get(client)?.push(await runAll(worker, jobs(round * batches + batch)));
    }
  }
  return new Map([...figures].map(([client, all]) => [client, meanOf(all)]));
}

function meanOf(all: readonly Figures[]): Figures {
  const keys = Object.keys(all[0] ?? {}) as (keyof Figures)[]; // the workers send nothing else
  const mean = (key: keyof Figures) => all.reduce((sum, figures) => sum + (figures[key] ?? Number.NaN), 0) / all.length;
  return Object.fromEntries(keys.map((key) => [key, mean(key)]));
}

async function measureNew({ clients, jobs }: Measurement, rounds: number, route: Route): Promise<Samples> {
  const samples = new Map(clients.map((client): [ClientName, Figures[]] => [client, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const client of shuffled(clients, random)) {
      await using worker = await WorkerProcess.start(client, route(client));
      samples.get(client)?.push(await runAll(worker, jobs(round)));
    }
  }
  return samples;
}

async function runAll(worker: Worker, jobs: readonly Job[]): Promise<Figures> {
  let figures: Figures = {};
  for (const job of jobs) figures = { ...figures, ...(await worker.run(job)) };
  return figures;
}
