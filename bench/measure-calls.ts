import type { BenchClient } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { NAMES, record } from "./records.js";
import { timed } from "./usage.js";

const records = Array.from({ length: NAMES }, (_, index) => record(index));

/** Many calls: CPU and time per call. */
export function calls(client: BenchClient, job: Job & { readonly kind: "get" | "create" }): Promise<Figures> {
  const call = job.kind === "get" ? getter(client) : creator(client, job.series);
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < job.count; index = next++) await call(index);
  };
  return timed(job.count, () => Promise.all(Array.from({ length: job.inFlight }, lane)));
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
