import { createInterface } from "node:readline";
import type { BenchClient, ClientModule, Destination } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import type { Figures, Job, Order } from "./job.js";

// worker.js <client module> <destination as JSON>: does the jobs that it reads, one line of JSON for each, and writes a
// line with the result of each. A job for another client is done in the same process.
const [modulePath = "", destinationJson = ""] = process.argv.slice(2);
const destination = JSON.parse(destinationJson) as Destination; // the parent passes one
const client = await open(modulePath);
const others = new Map<ClientName, Promise<BenchClient>>();

createInterface({ input: process.stdin })
  .on("line", (line) => {
    done(JSON.parse(line) as Order).then(
      // the parent writes nothing else
      (figures) => write({ figures }),
      (error: unknown) => write({ error: error instanceof Error ? error.stack : String(error) }),
    );
  })
  .on("close", () => process.exit());
write({ figures: {} });

function write(reply: object): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

async function done({ job, client: name }: Order): Promise<Figures> {
  return run(name === undefined ? client : await other(name), job);
}

function other(name: ClientName): Promise<BenchClient> {
  const opened = others.get(name) ?? open(`./clients/${name}.js`);
  others.set(name, opened);
  return opened;
}

async function open(module: string): Promise<BenchClient> {
  const client = (await import(module)) as ClientModule; // one of clients/
  return client.open(destination);
}

// Each job loads only what it needs: memory is measured too.
async function run(client: BenchClient, job: Job): Promise<Figures> {
  switch (job.kind) {
    case "check":
      return (await import("./check.js")).check(client, job.method);
    case "get":
    case "create":
      return (await import("./measure-calls.js")).calls(client, job);
    case "latency":
      return (await import("./measure-latency.js")).latency(client, job);
    case "list":
      return (await import("./measure-lists.js")).list(client, job.count);
    case "stall":
      return (await import("./measure-lists.js")).stall(client);
    case "heap":
      return (await import("./measure-heap.js")).heap(client);
    case "iterate":
      return (await import("./measure-heap.js")).iterate(client);
    case "waiting":
      return (await import("./measure-heap.js")).waiting(client);
    case "garbage":
      return (await import("./measure-heap.js")).garbage(client, job.count);
    case "encode":
    case "decode":
      return (await import("./measure-parts.js"))[job.kind](client, job);
    case "matches":
      return (await import("./measure-parts.js")).matches(client, job);
    case "cache":
    case "deleteMany":
    case "diagnose":
      return (await import("./measure-scale.js"))[job.kind](destination, job.records);
    case "memory":
      return (await import("./measure-heap.js")).memory();
  }
}
