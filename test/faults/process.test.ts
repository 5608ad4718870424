import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

// Without a guard Node 20 ends with "Assertion failed: (current_nghttp2_memory_) == (0)".
it("lives on when a session ends within a header block and garbage is collected", () => {
  assertEndsWell("garbage-collected.ts");
});

it("keeps nothing of the asynchronous context that the connection was made in", () => {
  assertEndsWell("context-collected.ts");
});

function assertEndsWell(name: string): void {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const options = { encoding: "utf8", timeout: 60_000 } as const;
  const { status, signal, stderr } = spawnSync(process.execPath, ["--expose-gc", "--import", "tsx", script], options);
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
}
