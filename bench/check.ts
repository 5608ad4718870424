import assert from "node:assert/strict";
import type { BenchClient } from "./clients/client.js";
import type { Figures } from "./job.js";
import { record } from "./records.js";

/** Fails unless get and list answer with plain values of the library's shape. */
export async function check(client: BenchClient): Promise<Figures> {
  const expected = record(0);
  assertRecord(await client.get(expected.name));
  assertRecord((await client.list()).find((image) => JSON.stringify(image).includes(expected.name)));
  return {};
}

function assertRecord(image: unknown): void {
  const { createdAt, updatedAt, ...rest } = image as Record<string, unknown>; // the assertions below see what it is
  const { name, labels, target } = record(0);
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), { name, labels, target: { ...target, annotations: {} } });
  assert.ok(createdAt instanceof Date && updatedAt instanceof Date);
}
