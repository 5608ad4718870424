import assert from "node:assert/strict";
import { SourceMap, type SourceMapPayload } from "node:module";
import { describe, it } from "node:test";
import { build, type PluginBuild } from "esbuild";

interface Module {
  keepSources(map: SourceMapPayload, isKept: (source: string) => boolean): SourceMapPayload;
}

// It is plain JavaScript, and an import by address has no types.
const { keepSources } = (await import(new URL("../../../scripts/source-map.mjs", import.meta.url).href)) as Module;

const FILES: Readonly<Record<string, string>> = {
  "own-a.js":
    'import { twice } from "foreign.js";\nimport { b } from "own-b.js";\n\nexport const a = () => twice(b) - 1;',
  "foreign.js": "/* far down */\n\n\n export function twice(n) {\n  return 2 * n;\n}",
  "own-b.js": "const few = [-1, 2,\n 3];\nexport const b = few.map((each) => each + 1000).length;",
};

describe("a source map whose foreign sources were dropped", () => {
  it("has the positions of the other sources, and no more", async () => {
    const { code, map } = await bundled();
    const kept = keepSources(map, isOwn);
    assert.deepEqual(kept.sources, map.sources.filter(isOwn));
    const places = placesOf(code, map).map((place) => (isOwn(place) ? place : "nowhere"));
    assert.ok(places.some(isOwn) && places.includes("nowhere"));
    assert.deepEqual(placesOf(code, kept), places);
  });

  it("is the same if all are kept", async () => {
    const { map } = await bundled();
    assert.deepEqual(
      keepSources(map, () => true),
      map,
    );
  });
});

function isOwn(text: string): boolean {
  return text.includes("own-");
}

/** Where each character of `code` comes from. */
function placesOf(code: string, map: SourceMapPayload): string[] {
  const source = new SourceMap(map);
  return code.split("\n").flatMap((text, line) =>
    [...text].map((_, column) => {
      const entry = source.findEntry(line, column);
      if (!("originalSource" in entry) || entry.originalSource === undefined) return "nowhere";
      return `${entry.originalSource}:${entry.originalLine}:${entry.originalColumn}`;
    }),
  );
}

async function bundled(): Promise<{ code: string; map: SourceMapPayload }> {
  const options = { bundle: true, write: false, format: "esm", outdir: "/", sourcemap: "external" } as const;
  const { outputFiles } = await build({ ...options, entryPoints: ["own-a.js"], plugins: [inMemory] });
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  return { code: text(".js"), map: JSON.parse(text(".map")) };
}

const inMemory = {
  name: "in-memory",
  setup({ onResolve, onLoad }: PluginBuild) {
    onResolve({ filter: /.*/ }, ({ path }) => ({ path, namespace: "memory" }));
    onLoad({ filter: /.*/ }, ({ path }) => ({ contents: FILES[path] ?? "" }));
  },
};
