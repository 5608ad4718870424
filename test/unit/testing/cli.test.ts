import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Version } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { ImagesClient } from "../../../src/index.js";
import { nodeArgs } from "../../support/programs/bundled.js";

async function start(...args: string[]): Promise<ChildProcess> {
  return spawn(process.execPath, await nodeArgs("src/testing/cli.ts", args), { stdio: ["ignore", "pipe", "pipe"] });
}

async function outputOf(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    texts.stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, ...texts };
}

describe("containerd-images-server", () => {
  it("serves as the version asked for until it is told to end", async () => {
    const child = await start("--address", "127.0.0.1:0", "--version", "1.7");
    const [line] = await once(child.stdout ?? child, "data");
    const address = /^Answering as containerd 1\.7 at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(String(line))?.[1] ?? "";
    const { version } = await createClient(Version, createGrpcTransport({ baseUrl: address })).version({});
    assert.equal(version, "1.7.24");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  });

  it("removes its socket at the end", async () => {
    const dir = await mkdtemp(join(tmpdir(), "images-"));
    const path = join(dir, "images.sock");
    const child = await start("--address", `unix://${path}`);
    const [line] = await once(child.stdout ?? child, "data");
    assert.equal(String(line), `Answering as containerd 2.1 at unix://${path}\n`, "the newest version");
    assert.ok(existsSync(path));
    assert.equal(statSync(path).mode & 0o777, 0o600, "for its own user only");
    child.kill("SIGINT");
    await once(child, "exit");
    assert.ok(!existsSync(path));
    await rm(dir, { recursive: true });
  });

  it("warns when it listens on every interface", async () => {
    for (const [address, warning] of [
      ["0.0.0.0:0", /^Warning: it listens on every interface/],
      ["[::]:0", /^Warning: it listens on every interface/],
      ["[::ffff:0.0.0.0]:0", /^Warning: it listens on every interface/],
      ["127.0.0.1:0", /^$/],
    ] as const) {
      const child = await start("--address", address);
      const output = outputOf(child);
      await once(child.stdout ?? child, "data");
      child.kill("SIGTERM");
      assert.match((await output).stderr, warning);
    }
  });

  it("acts as CRI when it is told to", async () => {
    const child = await start("--address", "127.0.0.1:0", "--cri");
    const [line] = await once(child.stdout ?? child, "data");
    const address = /http:\S+/.exec(String(line))?.[0];
    await using images = new ImagesClient({ namespace: "k8s.io", address });
    await images.create({ name: "app:1", target: { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 } });
    const labels = { "io.cri-containerd.image": "managed" };
    await images.waitFor("app:1", { labels }, { timeoutMs: 10_000 });
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  it("says what is wrong with its command line", async () => {
    const cases = [
      [[], /--address is missing\nTry --help for the options\.\n$/],
      [["--adress", "127.0.0.1:0"], /Unknown option '--adress'.*\nTry --help/],
      [["--address", "nowhere"], /^(?!.*--help)/s],
      [["--address", "127.0.0.1:0", "--version", "\x1b[2J"], /--version must be one of .*: \\u001b\[2J\nTry --help/],
      [["--address", "127.0.0.1:0", "--version", "3.0"], /--version must be one of 1\.6, 1\.7, 2\.1: 3\.0/],
    ] as const;
    const results = await Promise.all(cases.map(async ([args]) => outputOf(await start(...args))));
    for (const [index, [, message]] of cases.entries()) {
      assert.equal(results[index]?.code, 1);
      assert.match(results[index]?.stderr ?? "", message);
    }
  });

  it("explains itself", async () => {
    const outputs = await Promise.all(["--help", "-h"].map(async (option) => outputOf(await start(option))));
    for (const { code, stdout } of outputs) {
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: containerd-images-server --address ADDRESS/);
    }
  });
});
