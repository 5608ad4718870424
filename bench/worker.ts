import type { BenchClient, ClientModule, Destination } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { garbage, heap, list, memory, stall } from "./measure.js";
import { calls } from "./measure-calls.js";

// worker.js <client module> <destination as JSON>: does the jobs that its parent sends, one after the other.
const [modulePath = "", destination = ""] = process.argv.slice(2);
// The parent names one of clients/, and a Destination.
const { open } = (await import(modulePath)) as ClientModule;
const client = await open(JSON.parse(destination) as Destination);

process.on("message", (job: Job) => {
  run(client, job).then(
    (figures) => process.send?.({ figures }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ figures: {} });

async function run(to: BenchClient, job: Job): Promise<Figures> {
  switch (job.kind) {
    case "check":
      return (await import("./check.js")).check(to, job.method);
    case "get":
    case "create":
      return calls(to, job);
    case "list":
      return list(to, job.count);
    case "stall":
      return stall(to);
    case "heap":
      return heap(to);
    case "garbage":
      return garbage(to, job.count);
    case "memory":
      return memory();
  }
}
