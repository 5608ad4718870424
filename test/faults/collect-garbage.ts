import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The memory in use after garbage was collected. */
export async function usedBytes(): Promise<number> {
  const { heapUsed, external } = await usageAfterCollection();
  return heapUsed + external;
}

/** Node frees the native half of a session some turns after its JavaScript half. */
export async function usageAfterCollection(): Promise<NodeJS.MemoryUsage> {
  setFlagsFromString("--expose-gc");
  const collectGarbage: unknown = runInNewContext("gc");
  assert.ok(typeof collectGarbage === "function");
  for (let i = 0; i < 4; i += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage();
}
