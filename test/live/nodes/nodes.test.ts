import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { install, pack, root, scratch } from "../../package/packed.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { denoBinary, nodeBinary, nodeVersions } from "./node-versions.js";

const exec = promisify(execFile);

const SMOKE = `
import { field, ImagesClient, isNotFound } from "containerd-images";
const VERSION = globalThis.Deno?.version.deno ?? process.versions.node;
const images = ImagesClient.fromEnv();
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: "sha256:" + "a".repeat(64), size: 1 };
await images.create({ name: "app:1", target });
await images.update("app:1", { labels: { env: "prod" } });
const [image] = await images.list(field.label("env").equals("prod"));
const raw = await images.raw.get({ name: "app:1" });
const { value } = await images.watch()[Symbol.asyncIterator]().next();
await images.delete("app:1");
const gone = await images.get("app:1").catch(isNotFound);
console.log(VERSION, image.name, String(raw.image.target.size), value.type, gone);
await images.close();
process.exit(0);
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  "smoke.mjs": SMOKE,
  "smoke.cjs": `(async () => {${SMOKE.replace(/^import (.*) from (.*);$/m, "const $1 = require($2);")}})();`,
};

/** The lowest and the newest Connect that is allowed, each with the Node versions that it takes. */
const CONNECTS = { "2.1.2": ["20", "22", "24", "26"], "2.2.0": ["22", "24", "26"] } as const;

describe("other versions of Node, and Deno", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let tarball: string;
  let daemon: Daemon;

  before(async () => {
    folder = await scratch("nodes");
    [tarball, daemon] = await Promise.all([pack(folder.path), startDaemon("2.x")]);
  });
  after(async () => {
    await daemon.stop();
    await folder[Symbol.asyncDispose]();
  });

  for (const [connect, versions] of Object.entries(CONNECTS)) {
    it(`Node ${versions.join(", ")} run the package with Connect ${connect}`, async () => {
      await using project = await scratch("node");
      await install(project.path, tarball, [`@connectrpc/connect@${connect}`, `@connectrpc/connect-node@${connect}`]);
      for (const [file, program] of Object.entries(PROGRAMS)) await writeFile(join(project.path, file), program);
      for (const version of versions) {
        const node = process.version.startsWith(`v${version}.`) ? process.execPath : await nodeBinary(version);
        for (const file of Object.keys(PROGRAMS)) {
          const namespace = `node-${version}-${connect}-${file}`;
          const env = { ...process.env, CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: namespace };
          const { stdout } = await exec(node, [file], { cwd: project.path, env });
          assert.match(stdout, new RegExp(`^${version}\\.\\d+\\.\\d+ app:1 1 created true$`, "m"));
        }
      }
    });
  }

  it("Deno 2 runs the package", async () => {
    await using project = await scratch("deno");
    await install(project.path, tarball);
    await writeFile(join(project.path, "smoke.mjs"), SMOKE);
    const env = { ...process.env, CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: "deno" };
    const args = ["run", "--allow-all", "--node-modules-dir=manual", "smoke.mjs"];
    const { stdout } = await exec(await denoBinary(), args, { cwd: project.path, env });
    assert.match(stdout, /^2\.\d+\.\d+ app:1 1 created true$/m);
  });

  for (const version of nodeVersions) {
    it(`Node ${version} passes the contract suite on containerd 2.x`, async () => {
      const passed = await runTests(version, "--test-name-pattern=containerd 2.x", "test/contract/containerd.test.ts");
      assert.ok(passed > 50, `${passed} tests`);
    });

    if (isLong) {
      it(`Node ${version} survives every fault and a short chaos`, async () => {
        const passed = await runTests(
          version,
          "--test-concurrency=1",
          "test/faults/wire.timed.test.ts",
          "test/live/chaos/chaos.test.ts",
        );
        assert.ok(passed > 120, `${passed} tests`);
      });
    }
  }
});

/** A line of scripts/reporter.mjs. */
interface ReportLine {
  readonly result?: string;
}

/** Runs tests with another Node, and says how many passed; rejects when one fails. */
async function runTests(version: string, ...args: readonly string[]): Promise<number> {
  // A test runner inside a test runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const all = ["--import", "tsx", "--test", "--test-reporter=./scripts/reporter.mjs", ...args];
  const { stdout } = await exec(await nodeBinary(version), all, { cwd: root, env, maxBuffer: 64 << 20 });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as ReportLine); // see scripts/reporter.mjs
  const results = lines.flatMap(({ result }) => result ?? []);
  assert.deepEqual([...new Set(results)], ["passed"]);
  return results.length;
}
