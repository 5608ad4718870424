import assert from "node:assert/strict";
import type { BenchClient } from "./clients/client.js";
import type { Figures } from "./job.js";
import { record } from "./records.js";

/** Fails unless a call returns plain values of the library's shape. */
export async function check(client: BenchClient, method: "get" | "list"): Promise<Figures> {
  const { name } = record(0);
  if (method === "get") assertRecord(await client.get(name));
  else assertRecord((await client.list()).find((image) => JSON.stringify(image).includes(name)));
  return {};
}

function assertRecord(image: unknown): void {
  const { createdAt, updatedAt, ...rest } = image as Record<string, unknown>; // the assertions below see what it is
  const { name, labels, target } = record(0);
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), { name, labels, target: { ...target, annotations: {} } });
  assert.ok(createdAt instanceof Date && updatedAt instanceof Date);
}
