import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../support/programs/run.js";

/** A program of the documentation, in a file. */
export interface Program {
  /** Where it is shown. */
  readonly place: string;
  readonly file: string;
  readonly namespace: string;
}

const ALL_RAN = "all programs ran";

/**
 * Runs programs one after the other in one process, whose start takes longer than what they do; rejects when one of
 * them fails, or when the process does not end by itself.
 */
export async function runTogether(folder: string, programs: readonly Program[], address: string): Promise<void> {
  const file = join(folder, "together.mts");
  writeFileSync(file, [...programs.map(importing), `console.log(${JSON.stringify(ALL_RAN)});`].join("\n"));
  const output = await run(file, { CONTAINERD_ADDRESS: address });
  assert.ok(output.includes(ALL_RAN), "a program has ended the process");
}

function importing({ place, file, namespace }: Program): string {
  return `process.env["CONTAINERD_NAMESPACE"] = ${JSON.stringify(namespace)};
await import(${JSON.stringify(file)}).catch((cause) => {
  throw new Error(${JSON.stringify(place)}, { cause });
});`;
}
