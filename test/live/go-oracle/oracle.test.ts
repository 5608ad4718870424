import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { goBundles } from "../../support/daemon/bundles.js";
import type { Version } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";
import { isLong } from "../../support/is-long.js";
import { seed, startOracles } from "./oracles.js";
import { type Finding, search } from "./search.js";

const execute = promisify(execFile);
const { CONTAINERD_IMAGES_CASES } = process.env;
const cases = Number(CONTAINERD_IMAGES_CASES ?? (isLong ? 1_000_000 : 2_000));

describe("filters and regexps are what containerd's own Go takes them for", async () => {
  const oracles = await startOracles();

  for (const oracle of oracles) {
    it(`it is the Go that containerd ${oracle.version} is made with`, async () => {
      const { go } = await oracle.ask({});
      assert.equal(minorVersion(go), minorVersion(await goOfDaemon(oracle.version)));
    });
  }

  const skip = oracles.length === 0 && "no Go is in the cache";
  it(`${cases} cases are decided as it does`, { skip }, async (t) => {
    t.diagnostic(`CONTAINERD_IMAGES_SEED=${seed}`);
    const findings = await search(oracles, seed, cases);
    assert.deepEqual(findings.map(describeFinding), []);
  });
});

function describeFinding({ found, aspects, example: { here, go, names } }: Finding): string {
  const places = [...aspects].join("; ");
  const verdicts = names.length > 0 ? `here ${here}, Go ${go}, ${JSON.stringify(names)}` : `here ${here}\n  Go ${go}`;
  return `${JSON.stringify(found)}\n  (${places})\n  ${verdicts}`;
}

async function goOfDaemon(version: Version): Promise<string> {
  const go = join(await fetchBundle(`go-${version}`), goBundles[`go-${version}`].binary);
  const daemon = join(await fetchBundle(`containerd-${version}`), "usr/bin/containerd");
  const { stdout } = await execute(go, ["version", daemon], { env: { GOTOOLCHAIN: "local" } });
  return stdout;
}

function minorVersion(text: string): string | undefined {
  return /go1\.\d+/.exec(text)?.[0];
}
