import { validate } from "../src/schema/validate.js";
import { nameSchema, newImageSchema } from "../src/schema/values.js";
import { rounded } from "./judge.js";
import { record } from "./records.js";
import type { Row } from "./table.js";
import { timed } from "./usage.js";

const REPEATS = 100_000;
const MOST = 0.02;
const image = record(0);
const subject = { method: "bench", namespace: "bench", imageName: image.name };

/** The share of a call's CPU time that the check of its request takes; `cpuUs` is the CPU time of the call. */
export async function validation(method: "Get" | "Create", cpuUs: number): Promise<Row> {
  const costUs = await costOf(method === "Get" ? checkName : checkImage);
  const share = costUs / cpuUs;
  return {
    what: `${method}, stub: validation`,
    cells: { "containerd-images": `${rounded(costUs)} µs` },
    findings: [{ text: `${(share * 100).toFixed(1)} % of the call, ≤ 2 %:`, isMet: share <= MOST }],
  };
}

function checkName(): unknown {
  return validate(nameSchema, image.name, subject, ["name"]);
}

function checkImage(): unknown {
  return validate(newImageSchema, image, subject);
}

async function costOf(action: () => unknown): Promise<number> {
  const repeat = async () => {
    for (let index = 0; index < REPEATS; index++) action();
  };
  await repeat();
  return (await timed(REPEATS, repeat)).cpuUs;
}
