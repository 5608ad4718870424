import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { nodeArgs } from "../support/programs/bundled.js";

// Without a guard Node 20 ends with "Assertion failed: (current_nghttp2_memory_) == (0)".
describe("a program", () => {
  it("lives on when a session ends within a header block and garbage is collected", async () => {
    await assertEndsWell(new URL("garbage-collected.ts", import.meta.url));
  });

  it("keeps nothing of the asynchronous context that the connection was made in", async () => {
    await assertEndsWell(new URL("context-collected.ts", import.meta.url));
  });

  // Without a turn in between Node 20 ends with "malloc(): unsorted double linked list corrupted".
  it("lives on when a session ends in the turn in which a response came and another request was made", async () => {
    await assertEndsWell(new URL("ended-in-turn.ts", import.meta.url));
  });

  // Without a turn in between Node 20, 22.12 and 24.4 end with "corrupted size vs. prev_size".
  it("lives on when calls are given up while a rejection is read, in a turn in which another request was made", async () => {
    // Without its caches of freed blocks, glibc checks them all.
    await assertEndsWell(new URL("reset-in-turn.ts", import.meta.url), {
      GLIBC_TUNABLES: "glibc.malloc.tcache_count=0",
    });
  });

  // If HTTP/2 wrote at once, Node 20 to 24 would end with "Assertion failed: session->is_reading_stopped()".
  it("lives on when a dialed stream pushes a response before its write returns", async () => {
    await assertEndsWell(new URL("answered-in-write.ts", import.meta.url));
  });
});

async function assertEndsWell(script: URL, env: NodeJS.ProcessEnv = {}): Promise<void> {
  // Only a script that hangs needs so long; on a busy machine each has taken most of a minute.
  const options = { encoding: "utf8", timeout: 240_000, env: { ...process.env, ...env } } as const;
  const args = ["--expose-gc", ...(await nodeArgs(fileURLToPath(script)))];
  const { status, signal, stderr } = spawnSync(process.execPath, args, options);
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
}
