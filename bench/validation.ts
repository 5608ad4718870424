import { validate } from "../src/schema/validate.js";
import { nameSchema, newImageSchema } from "../src/schema/values.js";
import { rounded } from "./judge.js";
import { record } from "./records.js";
import { intervalOf, median } from "./statistics.js";
import type { Row } from "./table.js";
import { timed } from "./usage.js";

const REPEATS = 20_000;
const MOST_PERCENT = 2;
const image = record(0);
const subject = { method: "bench", namespace: "bench", imageName: image.name };

/** The share of a call's CPU time that the check of its request takes; `cpuUs` are the CPU times of the call. */
export async function validation(method: "Get" | "Create", cpuUs: readonly number[]): Promise<Row> {
  const check = method === "Get" ? checkName : checkImage;
  await costOf(check); // to warm up
  const costsUs: number[] = [];
  for (const _ of cpuUs) costsUs.push(await costOf(check));
  const shares = costsUs.map((costUs, round) => (100 * costUs) / (cpuUs[round] ?? Number.NaN));
  return {
    what: `${method}, stub: validation`,
    cells: { "containerd-images": `${rounded(median(costsUs))} µs` },
    findings: [{ interval: intervalOf(shares), unit: "% of the call", atMost: MOST_PERCENT }],
  };
}

function checkName(): unknown {
  return validate(nameSchema, image.name, subject, ["name"]);
}

function checkImage(): unknown {
  return validate(newImageSchema, image, subject, "image");
}

async function costOf(action: () => unknown): Promise<number> {
  const repeat = async () => {
    for (let index = 0; index < REPEATS; index++) action();
  };
  return (await timed(REPEATS, repeat)).cpuUs;
}
