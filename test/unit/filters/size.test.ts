import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { build } from "esbuild";
import { root } from "../../live/docs/snippets.js";

const limit = 16 * 1024; // bytes: the reader of Go's regexps is in it, so that all decide alike

it(`bundles to less than ${limit} bytes, without the regexp engine, and loads nothing of Node`, async (t) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "src/filters/index.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    external: ["@bufbuild/re2"],
    metafile: true,
    write: false,
  });
  const size = outputFiles[0]?.contents.length ?? Number.POSITIVE_INFINITY;
  t.diagnostic(`${size} bytes`);
  assert.ok(size < limit, `${size} bytes`);
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  assert.deepEqual(imported, ["@bufbuild/re2"]);
});
