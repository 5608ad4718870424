import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closure, cycle, type Import, importGraph } from "./import-graph.js";

const graph = importGraph();
const files = [...graph.keys()];
const inFolder = (folder: string) => files.filter((path) => path.startsWith(`src/${folder}/`));

const isPackage = (name: string) => (to: string) => to === name || to.startsWith(`${name}/`);
const isZod = isPackage("zod");
const isConnect = (to: string) => to.startsWith("@connectrpc/");
const isGenerated = (to: string) => to.startsWith("gen/") || isPackage("@bufbuild/protobuf")(to);

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

  it("image and printable import nothing, and errors only how to print", () => {
    assert.deepEqual(graph.get("src/image.ts"), []);
    assert.deepEqual(graph.get("src/util/printable.ts"), []);
    assert.deepEqual(
      graph.get("src/errors.ts")?.map(({ to }) => to),
      ["src/util/printable.ts"],
    );
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

  // So none of them knows zod or the client, whatever these become.
  for (const [layer, below] of [
    ["rpc", ["src/errors.ts", "src/util/printable.ts", "src/util/clock.ts", "src/util/on-abort.ts"]],
    ["codec", ["src/rpc/", "src/errors.ts", "src/image.ts"]],
    [
      "interceptors",
      ["src/rpc/", "src/codec/", "src/errors.ts", "src/image.ts", "src/util/printable.ts", "src/util/clock.ts"],
    ],
    ["transport", ["src/rpc/", "src/codec/", "src/errors.ts", "src/util/clock.ts"]],
  ] as const) {
    it(`${layer} knows of the library only what is below it`, () => {
      assert.ok(inFolder(layer).length > 0);
      const known = inFolder(layer).flatMap((path) => graph.get(path)?.map(({ to }) => to) ?? []);
      const isAllowed = (to: string) => [`src/${layer}/`, ...below].some((path) => to.startsWith(path));
      assert.deepEqual(
        known.filter((to) => to.startsWith("src/") && !isAllowed(to)),
        [],
      );
    });
  }

  it("one file of the client opens sockets, and none knows connect-node", () => {
    const isRuntime = ({ isType }: Import) => !isType;
    const client = (paths: readonly string[]) => paths.filter((path) => !path.startsWith("src/testing/"));
    const isSocket = (to: string) => to === "node:net" || to === "node:tls";
    assert.deepEqual(client(importers(isSocket, isRuntime)), ["src/transport/http2/open-socket.ts"]);
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
