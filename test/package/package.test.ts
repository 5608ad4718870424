import assert from "node:assert/strict";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { packClone, root, run, scratch, tool } from "./packed.js";

// It grows with the code. zod and the regexp engine, which are most of the JavaScript, are in it twice: as ES modules
// and as CommonJS.
const MAX_TARBALL_BYTES = 712_800;

describe("the package as npm publishes it", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let tarball: string;
  let files: readonly string[];
  let unpacked: string;

  before(async () => {
    folder = await scratch("package");
    tarball = await packClone(folder.path);
    unpacked = join(folder.path, "unpacked");
    await mkdir(unpacked);
    await run("tar", ["-xzf", tarball], unpacked);
    files = (await run("tar", ["-tzf", tarball], folder.path)).trim().split("\n");
  });
  after(() => folder[Symbol.asyncDispose]());

  it("is clean for publint", async () => {
    await run(tool("publint"), ["--strict", tarball], folder.path);
  });

  it("has types that resolve for everybody, with require and with TypeScript's node10 resolution too", async () => {
    await run(tool("attw"), [tarball], folder.path);
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

  it("has file names without a hash", () => {
    assert.deepEqual(
      files.filter((file) => /-[A-Z0-9]{8}\.js|\/chunk-/.test(file)),
      [],
    );
  });

  it("contains every source that a map names", async () => {
    const maps = files.filter((file) => file.endsWith(".map"));
    const modules = files.filter((file) => /\/dist\/js\/.*\.js$/.test(file));
    assert.deepEqual(
      modules.filter((file) => !maps.includes(`${file}.map`)),
      [],
    );
    for (const map of maps) {
      const { sources } = JSON.parse(await readFile(join(unpacked, map), "utf8"));
      for (const source of sources) assert.ok(files.includes(join(map, "..", source)), `${source} of ${map}`);
    }
  });

  it("imports none of Node's own modules whose import takes long", async () => {
    for (const file of files.filter((name) => /\/dist\/js\/.*\.js$/.test(name))) {
      assert.doesNotMatch(
        await readFile(join(unpacked, file), "utf8"),
        /\b(?:from|import) ?"node:(?:fs|net|tls)"/,
        file,
      );
    }
  });

  it("loads Node's modules for connections with the first client, not when it is imported", async () => {
    const program = `
      const { ImagesClient } = await import(process.argv[1]);
      const loaded = (name) => process.moduleLoadList.includes("NativeModule " + name);
      const before = ["http2", "net", "tls"].filter(loaded);
      new ImagesClient({ namespace: "default" });
      console.log(JSON.stringify({ before, http2: loaded("http2") }));`;
    const entry = join(unpacked, "package/dist/js/index.js");
    const output = await run(process.execPath, ["--input-type=module", "--eval", program, entry], folder.path);
    assert.deepEqual(JSON.parse(output), { before: [], http2: true });
  });

  it("is only for versions of Node that have process.getBuiltinModule", async () => {
    const { engines } = JSON.parse(await readFile(join(unpacked, "package/package.json"), "utf8"));
    // It came with 20.16 and 22.3, and 21 never had it. Without it, importing the client fails.
    assert.equal(engines.node, "^20.19.0 || >=22.3.0");
  });

  it("names no map that is not there", async () => {
    for (const file of files.filter((name) => /\.(js|ts)$/.test(name))) {
      const text = await readFile(join(unpacked, file), "utf8");
      for (const [, map = ""] of text.matchAll(/^\/\/# sourceMappingURL=(.*)$/gm)) {
        assert.ok(files.includes(join(file, "..", map)), `${map} of ${file}`);
      }
    }
  });

  it("stays small", async () => {
    const { size } = await stat(tarball);
    assert.ok(size < MAX_TARBALL_BYTES, `${size} bytes`);
  });
});
