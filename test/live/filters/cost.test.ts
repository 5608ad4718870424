import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { anyOf, type Filter, field, ImagesClient } from "../../../src/index.js";
import { descriptor, freshNamespace } from "../../contract/records.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";

const RECORDS = 100;
const ROUNDS = 2;
const TICK_MS = 10;

describe("a filter of a hundred values", () => {
  for (const version of versions) {
    it(`costs containerd ${version} many times more as oneOf than as anyOf, as the guide says`, async () => {
      const { address, pid } = await sharedDaemon(version);
      await using images = new ImagesClient({ namespace: freshNamespace(), address });
      const names = Array.from({ length: RECORDS }, (_, n) => `registry.example.com/team/app-${n}:1`);
      await Promise.all(names.map((name) => images.create({ name, target: descriptor("a") }, { timeoutMs: 60_000 })));

      const costOf = async (filter: Filter) => {
        const beforeMs = cpuMs(pid);
        for (let round = 0; round < ROUNDS; round += 1) assert.equal((await images.list(filter)).length, RECORDS);
        return cpuMs(pid) - beforeMs;
      };
      const each = await costOf(anyOf(...names.map((name) => field.name.equals(name))));
      const regexp = await costOf(field.name.oneOf(...names));
      assert.ok(regexp > 3 * (each + TICK_MS), `oneOf ${regexp} ms, anyOf ${each} ms`);
    });
  }
});

/** The CPU time of a process: fields 14 and 15 of `stat`, whose second one has no spaces here. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
