// A process of its own that works on a daemon's records until it is told to stop; see workers.ts.
import { type Image, ImagesClient } from "../../../src/index.js";
import { descriptor } from "../../contract/records.js";
import type { Job, Report } from "./workers.js";

type Step = (images: ImagesClient, job: Job, turn: number) => Promise<string>;

/** What each job does again and again; the result is counted. */
const steps: Record<Job["what"], Step> = {
  upsert: async (images, { worker }, turn) => {
    const labels = { [`worker-${worker}`]: `${turn}` };
    const { created } = await images.upsert({ name: "contended", target: descriptor(`${worker}`), labels });
    return created ? "created" : "updated";
  },
  delete: async (images) => ((await images.delete("contended", { ignoreMissing: true })) ? "deleted" : "missing"),
  tag: async (images, { worker }, turn) => {
    const source = `source:${(worker + turn) % 2}`;
    return isCopy(await images.tag(source, "tagged", { force: true }), source) ? "tagged" : "mixed";
  },
  churn: async (images, { worker }, turn) => {
    const name = `comes:${worker}-${turn}`;
    await images.create({ name, target: descriptor("b"), labels: { large: "x".repeat(4_000) } });
    if (turn % 2 === 0) await images.delete(name);
    return "created";
  },
};

function isCopy({ labels, target }: Image, source: string): boolean {
  return labels["source"] === source && target.digest === descriptor(source.slice(-1)).digest;
}

let isStopped = false;

process.on("message", (message: Job | "stop") => {
  if (message === "stop") isStopped = true;
  else void work(message).then((report) => process.send?.(report));
});

async function work(job: Job): Promise<Report> {
  isStopped = false;
  const counts: Record<string, number> = {};
  const failures: string[] = [];
  await using images = new ImagesClient({ namespace: job.namespace, address: job.address });
  for (let turn = 0; !isStopped && turn < job.turns; turn += 1) {
    try {
      const result = await steps[job.what](images, job, turn);
      counts[result] = (counts[result] ?? 0) + 1;
    } catch (error) {
      failures.push(String(error));
    }
  }
  return { counts, failures };
}
