import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { versions } from "../../support/daemon/daemon.js";
import { type ChaosReport, chaos, isEnough } from "./chaos.js";
import { killInFlight } from "./in-flight.js";
import { ABSENT, Oracle } from "./oracle.js";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const DURATION_MS = 6_000;

/** What every run has to hold, whatever its length. */
function assertHolds(report: ChaosReport): void {
  const told = report.complaints.slice(0, 10).join("\n");
  assert.equal(report.impossibleStates, 0, told);
  assert.equal(report.failedReads, 0, told);
  assert.equal(report.overdueCalls, 0, told);
  assert.equal(report.failedWrites, report.unknownWrites, told);
  assert.ok(report.leakedDescriptors <= 0, `${report.leakedDescriptors} descriptors leaked`);
  assert.ok(isEnough(report), `too little happened: ${JSON.stringify(report)}`);
}

describe("an oracle", () => {
  it("knows a lost write, a ghost and a wrong not-applied", () => {
    const oracle = new Oracle();
    oracle.wrote("a", "ok");
    assert.equal(oracle.read(ABSENT), false);
    oracle.wrote("b", "not-applied");
    assert.equal(oracle.read("b"), false);
    oracle.wrote("c", "unknown");
    assert.equal(oracle.read("b"), true);
    oracle.wrote("d", "unknown");
    assert.equal(oracle.read("d"), true);
  });
});

describe(`chaos, seed ${SEED}`, () => {
  for (const [index, version] of versions.entries()) {
    it(`containerd ${version}: nothing acknowledged is lost, no read fails`, async () => {
      const workers = index === 0 ? 64 : 16;
      assertHolds(await chaos({ version, workers, durationMs: DURATION_MS, seed: SEED + index }));
    });

    it(`containerd ${version}: every write in flight at a kill is told right`, async () => {
      const report = await killInFlight(version, 8, SEED + index);
      assert.deepEqual(report.wrong, []);
      // From 1.7 on a daemon tells which process it is, so a create that it did not do can be sent again.
      const most = version === "1.6" ? 1 : 0.05;
      assert.ok(report.unknownCreates <= most * report.writes, `${report.unknownCreates} creates are unknown`);
    });
  }
});
