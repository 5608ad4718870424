import type { BenchClient } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { record } from "./records.js";
import { timed } from "./usage.js";

/** Records that a get asks for; both servers have at least as many. */
const NAMES = 1_000;
const records = Array.from({ length: NAMES }, (_, index) => record(index));

/** Many calls: CPU and time per call, and the time that the slowest hundredth took at least. */
export async function calls(client: BenchClient, job: Job & { readonly kind: "get" | "create" }): Promise<Figures> {
  const latencies = new Float64Array(job.count);
  const call = job.kind === "get" ? getter(client) : creator(client, job.series);
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < job.count; index = next++) {
      const started = performance.now();
      await call(index);
      latencies[index] = performance.now() - started;
    }
  };
  const { cpuUs, wallUs } = await timed(job.count, () => Promise.all(Array.from({ length: job.inFlight }, lane)));
  latencies.sort();
  const p99Us = (latencies[Math.floor(job.count * 0.99)] ?? 0) * 1_000;
  return { cpuUs, wallUs, p99Us };
}

function getter(client: BenchClient): (index: number) => Promise<unknown> {
  return (index) => client.get(records[index % NAMES]?.name ?? "");
}

function creator(client: BenchClient, series: string): (index: number) => Promise<unknown> {
  return (index) => {
    const { name, labels, target } = records[index % NAMES] ?? record(0);
    return client.create({ name: `${name}-${series}-${index}`, labels, target });
  };
}
