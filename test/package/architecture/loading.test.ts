import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { InMemoryImages } from "../../../src/testing/index.js";
import { root } from "./import-graph.js";

const expensive = ["@connectrpc/", "@bufbuild/protobuf/", `${root}gen/`, `${root}src/transport/from-transport.ts`];

describe("what a program loads", () => {
  for (const [what, extra, file] of [
    ["over a Unix socket", "", "channel.ts"],
    ["with a watch", "watch", "event-streams.ts"],
  ] as const) {
    it(`${what}: neither Connect nor generated code`, async () => {
      const loaded = await loadedBy(extra);
      assert.ok(loaded.some((url) => url.endsWith(`/src/transport/http2/${file}`)));
      assert.deepEqual(
        loaded.filter((url) => expensive.some((part) => url.includes(part))),
        [],
      );
    });
  }

  it("with raw: both, so that the test above can fail", async () => {
    const loaded = await loadedBy("raw");
    for (const part of expensive.slice(0, 3))
      assert.ok(
        loaded.some((url) => url.includes(part)),
        part,
      );
  });
});

/** The URLs of the modules that `default-path.ts` loads. */
async function loadedBy(...extra: readonly string[]): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), "loading-"));
  await using service = new InMemoryImages();
  try {
    const { address } = await service.listen(join(dir, "c.sock"));
    const [hook, program] = ["log-loads.mjs", "default-path.ts"].map((file) =>
      join(root, "test/package/architecture", file),
    );
    const args = ["--import", "tsx", "--import", `${hook}`, `${program}`, address, ...extra];
    const env = { ...process.env, LOADED_MODULES: join(dir, "loaded") };
    await promisify(execFile)(process.execPath, args, { env, cwd: root });
    return readFileSync(join(dir, "loaded"), "utf8").trim().split("\n");
  } finally {
    rmSync(dir, { recursive: true });
  }
}
