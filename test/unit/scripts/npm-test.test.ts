import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";

/** The exports of the scripts. They are plain JavaScript, so that they run before anything is installed. */
interface Part {
  readonly name: string;
  readonly files?: readonly string[];
  readonly needs?: readonly string[];
  readonly runsAlone?: boolean;
  readonly timeoutMs?: number;
  readonly leaveMs?: number;
  readonly commands: readonly (readonly string[])[];
}

type Counts = Readonly<Partial<Record<"passed" | "failed" | "cancelled" | "skipped" | "todo", number>>>;

interface Scripts {
  runPart(part: Part): Promise<{ counts: Counts; output: string; notes: readonly string[] }>;
  allParts(): Part[];
  selectParts(parts: readonly Part[], filters: readonly string[]): Part[];
}

const { runPart, allParts, selectParts } = {
  ...(await import(new URL("../../../scripts/run-part.mjs", import.meta.url).href)),
  ...(await import(new URL("../../../scripts/parts.mjs", import.meta.url).href)),
} as Scripts; // imports by address have no types

const ROOT = new URL("../../../", import.meta.url);
const PARTS = allParts();

/** The helpers that start or fetch a daemon or nginx. */
const STARTERS = ["test/support/daemon/server-process.ts", "test/support/daemon/fetch.ts"];

describe("npm test", () => {
  it("stops a part at its first failing command and keeps all of its output", async () => {
    const print = (text: string, code: number) => [
      process.execPath,
      "-e",
      `console.error("${text}");process.exit(${code})`,
    ];
    const part = { name: "x", commands: [print("one", 0), print("two", 3), print("three", 0)] };
    assert.deepEqual(await runPart(part), { counts: { failed: 1 }, output: "one\ntwo\n", notes: [] });
    const missing = await runPart({ name: "x", commands: [["no-such-program"]] });
    assert.deepEqual(missing.counts, { failed: 1 });
    assert.match(missing.output, /^no-such-program: /);
  });

  it("kills a part that hangs, or that leaves processes behind, and says so", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await using server = createServer().listen(0);
    const { port } = server.address() as AddressInfo; // it listens on a port
    const hang = `console.log('started'); require('node:net').connect(${port})`;
    const leave = `require("node:child_process").spawn(process.execPath, ["-e", "${hang}"], { stdio: "inherit" }).unref()`;
    /** Lets time pass from the moment on that the process which hangs has connected. */
    const run = async (script: string, limits: { timeoutMs: number; leaveMs: number }) => {
      const connected = once(server, "connection");
      let isDone = false;
      const running = runPart({ name: "x", commands: [[process.execPath, "-e", script]], ...limits }).finally(() => {
        isDone = true;
      });
      const [socket]: Socket[] = await connected;
      for (; !isDone; t.mock.timers.tick(1)) await setImmediate();
      if (socket && !socket.closed) await once(socket, "close");
      return running;
    };
    const hanging = await run(hang, { timeoutMs: 100, leaveMs: 1_000_000 });
    assert.deepEqual(hanging.counts, { failed: 1 });
    assert.match(hanging.output, /^started\n.*killed, because it was not done after 100 ms\n$/);
    const leaving = await run(leave, { timeoutMs: 1_000_000, leaveMs: 100 });
    assert.deepEqual(leaving.counts, { failed: 1 });
    assert.match(leaving.output, /^started\n.*left processes behind that hold its output; killed\n$/);
  });

  it("has every test file in one part", () => {
    const files = readdirSync(new URL("test/", ROOT), { recursive: true, encoding: "utf8" });
    const tests = files.filter((file) => file.endsWith(".test.ts")).map((file) => `test/${file}`);
    assert.deepEqual(PARTS.flatMap((part) => part.files ?? []).sort(), tests.sort());
    assert.ok(
      PARTS.every(({ files }) => files?.length !== 0),
      "a part has no files",
    );
    const own = PARTS.find(({ name }) => name === "test/unit");
    assert.ok(own?.files?.includes("test/unit/scripts/npm-test.test.ts"));
  });

  it("runs alone what measures time, by the name of the file", () => {
    const alone = PARTS.filter(({ runsAlone }) => runsAlone).flatMap(({ files = [] }) => files);
    const timed = PARTS.flatMap(({ files = [] }) => files).filter((file) => file.endsWith(".timed.test.ts"));
    assert.deepEqual(alone, timed);
    assert.ok(timed.length > 5);
  });

  it("has daemons for what is in test/contract and test/live", () => {
    const needing = PARTS.filter(({ needs = [] }) => needs.includes("daemons")).map(({ name }) => name);
    assert.deepEqual(
      needing,
      PARTS.map(({ name }) => name).filter((name) => /^test\/(contract|live)/.test(name)),
    );
  });

  it("needs no daemon outside of test/contract and test/live", () => {
    const others = PARTS.filter(({ needs = [] }) => !needs.includes("daemons")).flatMap(({ files = [] }) => files);
    const starting = others.filter((file) => [...runTimeImports(file)].some((path) => STARTERS.includes(path)));
    assert.deepEqual(starting, [], "they import what starts daemons");
    assert.ok(STARTERS.every((path) => runTimeImports("test/contract/containerd.test.ts").has(path)));
  });

  it("has the package built for what installs it", () => {
    const needing = PARTS.filter(({ needs = [] }) => needs.includes("build")).flatMap(({ files = [] }) => files);
    const installing = PARTS.flatMap(({ files = [] }) => files).filter((file) =>
      /^import \{[^}]*\bpack\b.*packed\.js"/m.test(readFileSync(new URL(file, ROOT), "utf8")),
    );
    assert.deepEqual(
      installing.filter((file) => !needing.includes(file)),
      [],
    );
    assert.ok(installing.length > 2);
  });

  it("narrows to what is named, with the daemons and the package where they are needed", () => {
    const names = (...filters: string[]) => selectParts(PARTS, filters).map(({ name }) => name);
    assert.deepEqual(names("types", "lint"), ["types", "lint"]);
    assert.deepEqual(names("./test/unit/schema/"), ["test/unit/schema"]);
    assert.deepEqual(names("test/live/daemon"), ["daemons", "test/live"]);
    assert.deepEqual(names("live/nodes"), ["build", "daemons", "test/live/nodes"]);
    assert.deepEqual(names("unit/transport"), ["test/unit/transport", "test/unit/transport (timed)"]);
    assert.deepEqual(names("nothing like it"), []);
    const [part] = selectParts(PARTS, ["scripts/npm"]);
    assert.deepEqual(part?.files, ["test/unit/scripts/npm-test.test.ts"]);
    assert.equal(names().length, PARTS.length);
  });
});

/** All files of the repository that are loaded with this one, itself included. */
function runTimeImports(file: string): ReadonlySet<string> {
  const loaded = new Set([file]);
  for (const path of loaded) for (const imported of importsOf(path)) loaded.add(imported); // also walks what it adds
  return loaded;
}

function importsOf(path: string): string[] {
  const text = readFileSync(new URL(path, ROOT), "utf8");
  const found = text.matchAll(/^(?:import|export) (?!type\b)[^"]*"(\.[^"]+)\.js"|\bimport\("(\.[^"]+)\.js"\)/gm);
  return [...found].map(([, named, called]) => join(dirname(path), `${named ?? called}.ts`));
}
