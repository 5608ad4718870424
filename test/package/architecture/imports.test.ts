import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { closure, cycle, type Import, importGraph, root } from "./import-graph.js";

const graph = importGraph();
const files = [...graph.keys()];
const inFolder = (folder: string) => files.filter((path) => path.startsWith(`src/${folder}/`));

const isPackage = (name: string) => (to: string) => to === name || to.startsWith(`${name}/`);
const isZod = isPackage("zod");
const isConnect = (to: string) => to.startsWith("@connectrpc/");
const isGenerated = (to: string) => to.startsWith("gen/") || isPackage("@bufbuild/protobuf")(to);

/** The rows of the map: what each folder may import. */
const map = new Map(
  [...read("docs/architecture.md").matchAll(/^\| `(\w+)\/` \|[^|]*\| ([^|]*) \|$/gm)].map(
    ([, folder = "", cell = ""]) => [folder, [...cell.matchAll(/`([^`]+)`/g)].map(([, place]) => place)],
  ),
);

/** How the map names a file of the library: by its folder, or by its name beside the folders. */
function placeOf(path: string): string | undefined {
  return /^src\/([^/]+\/|[^/]+\.ts$)/.exec(path)?.[1];
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Files that import something of the kind themselves. */
function importers(isKind: (to: string) => boolean, isCounted: (found: Import) => boolean = () => true): string[] {
  return files.filter((path) => graph.get(path)?.some((found) => isKind(found.to) && isCounted(found)));
}

/** What of the kind these files need, directly or not, and if only for a type. */
function reach(from: readonly string[], isKind: (to: string) => boolean): string[] {
  return [...closure(graph, from)].filter(isKind);
}

describe("who imports whom", () => {
  it("the graph is there", () => {
    assert.ok(files.length > 50);
    assert.ok(reach(["src/index.ts"], isZod).length > 0);
    assert.ok(reach(["src/index.ts"], isConnect).length > 0);
    assert.ok(reach(["src/index.ts"], isGenerated).length > 0);
  });

  it("image.ts imports nothing, and errors.ts only from util", () => {
    assert.deepEqual(graph.get("src/image.ts"), []);
    const places = graph.get("src/errors.ts")?.map(({ to }) => placeOf(to));
    assert.deepEqual([...new Set(places)], ["util/"]);
  });

  it("filters know neither zod, nor Connect, nor generated code, nor anything of Node", () => {
    const isForeign = (to: string) => isZod(to) || isConnect(to) || isGenerated(to) || to.startsWith("node:");
    assert.deepEqual(reach(inFolder("filters"), isForeign), []);
    const packages = reach(inFolder("filters"), (to) => !to.startsWith("src/"));
    assert.deepEqual(packages, ["@bufbuild/re2"]);
  });

  it("only schema imports zod", () => {
    assert.deepEqual(
      importers(isZod).filter((path) => !path.startsWith("src/schema/")),
      [],
    );
  });

  for (const [folder, stated] of map) {
    it(`${folder} imports what docs/architecture.md says, and nothing else of the library`, () => {
      const imported = inFolder(folder).flatMap((path) => graph.get(path)?.map(({ to }) => placeOf(to)) ?? []);
      const others = new Set(imported.filter((place) => place !== undefined && place !== `${folder}/`));
      assert.deepEqual([...others].sort(), [...stated].sort());
    });
  }

  it("every folder is on the map", () => {
    const folders = new Set(
      files.map((path) => /^src\/([^/]+)\//.exec(path)?.[1]).filter((name) => name !== undefined),
    );
    assert.deepEqual([...map.keys()].sort(), [...folders].sort());
  });

  it("one file of the client opens sockets, and none knows connect-node", () => {
    const client = (paths: readonly string[]) => paths.filter((path) => !path.startsWith("src/testing/"));
    const isSocket = (to: string) => to === "node:net" || to === "node:tls";
    assert.deepEqual(client(importers(isSocket, ({ isType }) => !isType)), []); // they come from util/node-modules.ts
    assert.deepEqual(
      files.filter((path) => read(path).includes("getBuiltinModule(")),
      ["src/util/node-modules.ts"],
    );
    assert.deepEqual(
      client(files).filter((path) => /\b(?:net|tls)\(\)/.test(read(path))),
      [
        "src/schema/tls.ts", // opens none: it checks certificates
        "src/transport/open/open-socket.ts",
        "src/transport/open/secure-context.ts", // opens none: it makes what all connections over TLS share
        "src/transport/parse-address.ts", // opens none: it asks what an IPv6 address is
        "src/util/node-modules.ts", // opens none: it loads them
      ],
    );
    assert.deepEqual(client(importers(isPackage("@connectrpc/connect-node"))), []);
  });

  it("Connect and the generated code are used by the transports, raw and the stand-in only", () => {
    const users = importers(
      (to) => isConnect(to) || isGenerated(to),
      ({ isType }) => !isType,
    );
    assert.deepEqual(
      users.filter((path) => !/^src\/(transport\/|raw|testing\/)/.test(path)),
      [],
    );
  });

  it("nothing imports the in-memory service", () => {
    const outside = files.filter((path) => !path.startsWith("src/testing/"));
    assert.deepEqual(
      reach(outside, (to) => to.startsWith("src/testing/")),
      [],
    );
  });

  it("no folder needs itself, directly or not", () => {
    assert.equal(cycle(folderEdges())?.join(" -> "), undefined);
  });
});

describe("docs/architecture.md", () => {
  const text = read("docs/architecture.md");

  it("lists the interceptors as the pipeline does", () => {
    const lines = [...read("src/core/pipeline.ts").matchAll(/^ {4}(\w+)(?:\(.*\))?, \/\/ \S/gm)].map(
      ([, name]) => name,
    );
    const rows = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    assert.ok(lines.length >= 8);
    assert.deepEqual(rows.slice(0, lines.length), lines);
  });

  for (const guide of [
    "docs/architecture.md",
    "docs/watching.md",
    "docs/errors-and-retry.md",
    "CONTRIBUTING.md",
    "test/README.md",
  ]) {
    it(`names files that exist in ${guide}`, () => {
      const named = [...read(guide).matchAll(/`([\w./-]+\.(?:ts|mjs))`/g)].map(([, name = ""]) => name);
      const all = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
      assert.deepEqual(
        named.filter((name) => !all.some((path) => path === name || path.endsWith(`/${name}`))),
        [],
      );
    });
  }
});

describe("CONTRIBUTING.md", () => {
  it("has a row for each folder of the source, as the map has", () => {
    const rows = [...read("CONTRIBUTING.md").matchAll(/^\| `(\w+)\/` \|/gm)].map(([, folder]) => folder);
    assert.deepEqual(rows.sort(), [...map.keys()].sort());
  });
});

/** Which folder needs which at run time; files at the top stand for themselves. */
function folderEdges(): Map<string, Set<string>> {
  const folderOf = (path: string) => /^src\/[^/]+\//.exec(path)?.[0] ?? path;
  const edges = new Map<string, Set<string>>();
  for (const [path, imports] of graph) {
    const from = folderOf(path);
    const needed = imports.filter(({ to, isType }) => !isType && graph.has(to)).map(({ to }) => folderOf(to));
    edges.set(from, new Set([...(edges.get(from) ?? []), ...needed.filter((to) => to !== from)]));
  }
  return edges;
}
