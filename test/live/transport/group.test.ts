import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync } from "node:fs";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startDaemon, versions } from "../../support/daemon/daemon.js";

const GID = 65_534;
const expected = ["not_found status answered", "unavailable broken no-answer", "unavailable broken refused"];

for (const version of versions) {
  it(`a member of the group is never denied when containerd ${version} restarts`, async () => {
    await using daemon = await startDaemon(version, { gid: GID });
    chmodSync(dirname(daemon.socketPath), 0o711);
    const script = fileURLToPath(new URL("group-member.ts", import.meta.url));
    const client = spawn(process.execPath, ["--import", "tsx", script, daemon.socketPath, `${GID}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      const [greeting] = await once(client.stdout, "data");
      assert.equal(`${greeting}`, "ready\n");
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        await daemon.restart(signal);
        // The moment before the daemon gives its socket to the group, made long enough to be met for certain. Only
        // SIGKILL ends the daemon at once: if the client is stopped just after it has connected, before it has sent
        // HTTP/2's preface, gRPC's Stop waits 120 s for that.
        client.kill("SIGSTOP");
        await daemon.restart("SIGKILL");
        chownSync(daemon.socketPath, 0, 0);
        client.kill("SIGCONT");
        await sleep(200);
        chownSync(daemon.socketPath, 0, GID);
      }
      client.stdin.end();
      const outcomes = (await text(client.stdout)).trim().split("\n");
      assert.ok(outcomes.includes("not_found status answered"));
      assert.deepEqual(
        outcomes.filter((outcome) => !expected.includes(outcome)),
        [],
      );
    } finally {
      client.kill("SIGKILL");
    }
  });
}
