import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { describe, it } from "node:test";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { AwakeClock } from "../../support/awake-clock.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { freeze } from "../../support/daemon/freeze.js";
import { get, newCall, outcome } from "../../unit/transport/calls.js";

const DEADLINE_MS = 500;
const NOT_FOUND = "not_found status answered";

for (const version of versions) {
  describe(`a frozen containerd ${version}`, { concurrency: true }, () => {
    it("is noticed by the deadline, and used again when it goes on", async () => {
      await using daemon = await startDaemon(version);
      const channel = new Http2Channel({ kind: "unix", path: daemon.socketPath });
      assert.equal(await outcome(get(channel)), NOT_FOUND);
      await freeze(daemon);
      const patient = outcome(get(channel));
      const start = performance.now();
      using clock = new AwakeClock();
      const short = await outcome(get(channel, newCall({ timeoutMs: DEADLINE_MS })));
      assert.equal(short, "deadline_exceeded ended no-answer");
      const [tookMs, awakeMs] = [performance.now() - start, clock.now()];
      assert.ok(tookMs > DEADLINE_MS - 5 && awakeMs < DEADLINE_MS + 250, `${tookMs} ms, ${awakeMs} of them awake`);
      daemon.kill("SIGCONT");
      assert.equal(await patient, NOT_FOUND);
      assert.equal(await outcome(get(channel)), NOT_FOUND);
      channel.destroy();
    });

    it("is replaced by a new one on the same path", async () => {
      await using frozen = await startDaemon(version);
      await using successor = await startDaemon(version);
      const channel = new Http2Channel({ kind: "unix", path: frozen.socketPath });
      assert.equal(await outcome(get(channel)), NOT_FOUND);
      await freeze(frozen);
      using clock = new AwakeClock();
      const lost = outcome(get(channel, newCall({ timeoutMs: DEADLINE_MS })));
      renameSync(successor.socketPath, frozen.socketPath);
      assert.equal(await lost, "deadline_exceeded ended no-answer");
      assert.equal(await outcome(get(channel)), NOT_FOUND);
      assert.ok(clock.now() < DEADLINE_MS + 1_500);
      channel.destroy();
    });

    it("is replaced also when it was frozen before it could send anything", async () => {
      await using frozen = await startDaemon(version);
      await using successor = await startDaemon(version);
      await freeze(frozen);
      const channel = new Http2Channel({ kind: "unix", path: frozen.socketPath });
      using clock = new AwakeClock();
      const lost = outcome(get(channel, newCall({ timeoutMs: DEADLINE_MS })));
      const patient = outcome(get(channel));
      await new Promise((resolve) => setTimeout(resolve, 50));
      renameSync(successor.socketPath, frozen.socketPath);
      assert.equal(await lost, "deadline_exceeded ended never-sent");
      assert.equal(await patient, NOT_FOUND);
      assert.ok(clock.now() < DEADLINE_MS + 1_500);
      channel.destroy();
    });
  });
}
