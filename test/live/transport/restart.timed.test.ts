import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { AwakeClock } from "../../support/awake-clock.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { get, newCall, outcome } from "../../unit/transport/calls.js";

const ROUNDS = 5;
const NOT_FOUND = "not_found status answered";

for (const version of versions) {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    describe(`containerd ${version} restarted by ${signal}`, () => {
      it("is found again by 64 callers within 250 ms in the median, and no failure is other than lost or refused", async () => {
        await using daemon = await startDaemon(version);
        using clock = new AwakeClock();
        const channel = new Http2Channel({ kind: "unix", path: daemon.socketPath });
        const failures = new Set<string>();
        // A call of a channel that has never reached its daemon would wait for a second only.
        assert.equal(await outcome(get(channel, newCall({ timeoutMs: 30_000 }))), NOT_FOUND);
        const tookMs: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          let restarted = Number.POSITIVE_INFINITY;
          const workers = Array.from({ length: 64 }, async () => {
            while (clock.now() < restarted) {
              const result = await outcome(get(channel, newCall({ timeoutMs: 30_000 })));
              if (result !== NOT_FOUND) failures.add(result);
            }
          });
          await daemon.restart(signal);
          restarted = clock.now();
          await Promise.all(workers);
          tookMs.push(clock.now() - restarted);
        }
        channel.destroy();
        const median = tookMs.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
        assert.ok(median < 250 && Math.max(...tookMs) < 1_200, `${tookMs} ms`);
        failures.delete("unavailable broken no-answer");
        failures.delete("unavailable broken refused");
        assert.deepEqual([...failures], []);
      });
    });
  }
}
