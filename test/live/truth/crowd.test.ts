import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { crowd } from "./crowd.js";
import { Upstream } from "./upstream.js";

// Another seed makes other crowds.
const SEED = Number(process.env["SEED"] ?? 0);
const CROWDS = isLong ? 600 : 5;
const AT_ONCE = 5;
const ENOUGH_LOST = 3 * CROWDS;
/** Where a busy machine is so slow that most calls end before their change is lost, more crowds are played. */
const MOST_CROWDS = 10 * CROWDS;

describe(`clients that write one record at once over connections that are lost, from seed ${SEED} on`, {
  concurrency: true,
}, () => {
  for (const version of versions) {
    it(`tell no lie, on containerd ${version}`, async (t) => {
      await using daemon = await startDaemon(version);
      const dir = mkdtempSync(join(tmpdir(), "crowd-"));
      t.after(() => rmSync(dir, { recursive: true }));
      const upstream = new Upstream(daemon.socketPath);
      t.after(() => upstream.close());
      let lost = 0;
      for (let done = 0; done < (lost > ENOUGH_LOST ? CROWDS : MOST_CROWDS); done += AT_ONCE) {
        const some = Array.from({ length: AT_ONCE }, (_, index) =>
          crowd(SEED + done + index, { version, upstream, dir }),
        );
        const reports = await Promise.all(some);
        for (const report of reports) lost += report.lost;
        const lies = reports.flatMap((each) => each.lies);
        const told = lies.map(({ title, transcript }) => [title, ...transcript].join("\n    "));
        assert.equal(lies.length, 0, told.slice(0, 5).join("\n"));
      }
      assert.ok(lost > ENOUGH_LOST, `too little happened: ${lost} changes were lost`);
    });
  }
});
