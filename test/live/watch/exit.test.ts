import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { nodeArgs } from "../../support/programs/bundled.js";
import { endings, isEnding } from "./ending.js";

/** A process that is kept alive does not end at all. A busy machine needs its time to end one. */
const EXIT_MS = 5_000;

describe("a process that watched", { concurrency: 2 }, () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon("2.x");
  });
  after(() => daemon.stop());

  for (const name of Object.keys(endings)) {
    it(`exits after ${name}`, async () => {
      const tookMs = await exitTime(daemon.address, name);
      assert.ok(tookMs <= EXIT_MS, `${tookMs} ms`);
    });
  }
});

/** How long a process lives after its watch has ended, in milliseconds. */
async function exitTime(address: string, ending: string): Promise<number> {
  assert.ok(isEnding(ending));
  const args = await nodeArgs(fileURLToPath(new URL("watcher.ts", import.meta.url)), [address, ending]);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const startedAt = performance.now();
  const killLater = setTimeout(() => child.kill("SIGKILL"), 2 * EXIT_MS);
  const [code] = await once(child, "exit");
  clearTimeout(killLater);
  assert.equal(code, 0, "it does not end");
  return performance.now() - startedAt;
}
