import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { build } from "esbuild";
import { root } from "../../live/docs/snippets.js";

// Bytes. The reader of Go's regexps is in it, so that all decide alike, and what makes stack traces begin at the caller.
const limit = 18 * 1024;

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
