import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pack, root, run, scratch, tool } from "./packed.js";

// It grows with the code: zod and the regexp engine, which are most of the JavaScript, are in it once.
const MAX_TARBALL_BYTES = 500_000;

describe("the package as npm publishes it", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let tarball: string;
  let files: readonly string[];

  before(async () => {
    folder = await scratch("package");
    tarball = await pack(folder.path);
    files = (await run("tar", ["-tzf", tarball], folder.path)).trim().split("\n");
  });
  after(() => folder[Symbol.asyncDispose]());

  it("is clean for publint", async () => {
    await run(tool("publint"), ["--strict", tarball], folder.path);
  });

  it("has types that resolve for ESM users", async () => {
    await run(tool("attw"), ["--profile", "esm-only", tarball], folder.path);
  });

  it("has no install scripts", async () => {
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(scripts[name], undefined);
  });

  it("ships sources and declaration maps, and neither tests nor build information", () => {
    const shipped = (pattern: RegExp) => files.some((file) => pattern.test(file));
    for (const wanted of [
      /dist\/js\/index\.js$/,
      /dist\/types\/src\/index\.d\.ts\.map$/,
      /package\/src\/index\.ts$/,
      /LICENSE$/,
    ]) {
      assert.ok(shipped(wanted), String(wanted));
    }
    for (const unwanted of [/\/test\//, /tsbuildinfo/, /node_modules/, /\/bench\//])
      assert.ok(!shipped(unwanted), String(unwanted));
  });

  it("stays small", async () => {
    const { size } = await stat(tarball);
    assert.ok(size < MAX_TARBALL_BYTES, `${size} bytes`);
  });
});
