import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { install, pack, root, scratch } from "../../package/packed.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { nodeBinary, nodeVersions } from "./node-versions.js";
import { nodeRuntime, runTests, runtimes } from "./runtimes.js";

const exec = promisify(execFile);

const SMOKE = `
import { field, ImagesClient, isNotFound } from "containerd-images";
const VERSION = process.versions.node;
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

/** A program that has a connection and had a watch, and does not close its client. */
const IDLE = `
import { ImagesClient } from "containerd-images";
const images = ImagesClient.fromEnv();
const listed = await images.list();
for await (const { type } of images.watch()) {
  console.log(listed.length, type);
  break;
}
`;

/** A program that may not use the network. */
const DENIED = `
import { ImagesClient } from "containerd-images";
const images = new ImagesClient({ namespace: "default", address: "/run/containerd.sock" });
await images.list().catch(({ code, hint }) => console.log(code + ": " + hint));
`;

/** What the other runtimes run, and how many tests of it pass at least. */
const RUNTIME_TESTS: Readonly<Record<string, number>> = {
  "test/contract/containerd.test.ts": 110,
  "test/live/nodes/differences.test.ts": 4,
  "test/live/transport/busy.test.ts": 1,
  "test/live/watch/proxy.timed.test.ts": 1,
};
const RUNTIME_TESTS_LONG: Readonly<Record<string, number>> = {
  ...RUNTIME_TESTS,
  "test/contract/environment.test.ts": 1,
  "test/contract/operations/daemons.test.ts": 30,
  "test/contract/proxy.test.ts": 220,
  "test/live/watch/events.test.ts": 3,
  "test/live/watch/restarts.timed.test.ts": 2,
};
const RUNTIME_PATTERN = isLong ? "." : "2\\.x|TLS|runtime";

/** The lowest release of Node 22 that `engines` in package.json allows, and of Node 20. */
const LOWEST_NODE = "22.3.0";
const LOWEST_NODE_20 = "20.19.0";

/** The lowest and the newest Connect that is allowed, each with the Node versions that it takes. */
const CONNECTS = {
  "2.1.2": [LOWEST_NODE_20, "20", "22", "24", "26"],
  "2.3.0": [LOWEST_NODE, "22", "24", "26"],
} as const;

const NEWEST_NODE = "26" satisfies (typeof nodeVersions)[number];
const NEWEST_CONNECT = "2.3.0" satisfies keyof typeof CONNECTS;
const packagesOf = (connect: string) => [`@connectrpc/connect@${connect}`, `@connectrpc/connect-node@${connect}`];

describe("other versions of Node, Bun and Deno", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let tarball: string;
  let project: Awaited<ReturnType<typeof scratch>>;
  let daemon: Daemon;

  before(async () => {
    folder = await scratch("nodes");
    project = await scratch("runtimes");
    [tarball, daemon] = await Promise.all([pack(folder.path), startDaemon("2.x")]);
    await install(project.path, tarball, packagesOf(NEWEST_CONNECT));
  });
  after(async () => {
    await daemon.stop();
    await project[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  for (const [connect, versions] of Object.entries(CONNECTS)) {
    it(`Node ${versions.join(", ")} run the package with Connect ${connect}`, async () => {
      await using own = await scratch("node");
      const path = connect === NEWEST_CONNECT ? project.path : own.path;
      if (path === own.path) await install(path, tarball, packagesOf(connect));
      for (const [file, program] of Object.entries(PROGRAMS)) await writeFile(join(path, file), program);
      for (const version of versions) {
        const node = process.version.startsWith(`v${version}.`) ? process.execPath : await nodeBinary(version);
        for (const file of Object.keys(PROGRAMS)) {
          const namespace = `node-${version}-${connect}-${file}`;
          const env = { ...process.env, CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: namespace };
          const { stdout } = await exec(node, [file], { cwd: path, env });
          assert.match(stdout, /^\S+ app:1 1 created true$/m);
          assert.ok(`${stdout.split(" ", 1)}.`.startsWith(`${version}.`), stdout);
        }
      }
    });
  }

  it("Node 26 with --permission is told which permission is missing", async () => {
    await writeFile(join(project.path, "denied.mjs"), DENIED);
    const args = ["--permission", "--allow-fs-read=*", "denied.mjs"];
    const { stdout } = await exec(await nodeBinary("26"), args, { cwd: project.path });
    assert.equal(stdout, "permission_denied: this process runs with node --permission: add --allow-net\n");
  });

  for (const runtime of runtimes) {
    describe(runtime.name, () => {
      for (const [file, tests] of Object.entries(isLong ? RUNTIME_TESTS_LONG : RUNTIME_TESTS)) {
        it(`passes ${file}`, async () => {
          const passed = await runTests(runtime, project.path, file, RUNTIME_PATTERN);
          assert.ok(passed >= tests, `${passed} tests`);
        });
      }

      it("exits while a client is idle", async () => {
        await writeFile(join(project.path, "idle.mjs"), IDLE);
        const [program, ...args] = await runtime.command("idle.mjs");
        const env = { ...process.env, CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: "idle" };
        const { stdout } = await exec(program, args, { cwd: project.path, env, timeout: 10_000 });
        assert.equal(stdout, "0 synced\n");
      });
    });
  }

  for (const version of [LOWEST_NODE, ...nodeVersions]) {
    const runtime = nodeRuntime(version);

    if (isLong || version === NEWEST_NODE) {
      it(`${runtime.name} passes test/contract/containerd.test.ts`, async () => {
        const passed = await runTests(runtime, project.path, "test/contract/containerd.test.ts", RUNTIME_PATTERN);
        assert.ok(passed >= 110, `${passed} tests`);
      });
    }

    // The lowest overlooks many faults: see "Other symptoms" in docs/troubleshooting.md.
    if (isLong && version !== LOWEST_NODE) {
      it(`Node ${version} survives every fault and a short chaos`, async () => {
        const passed = await runOnNode(
          version,
          "--test-concurrency=1",
          "test/faults/wire.test.ts",
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
async function runOnNode(version: string, ...args: readonly string[]): Promise<number> {
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
