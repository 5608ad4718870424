import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";

const script = new URL("../../../scripts/install.mjs", import.meta.url);
const noWindows = { skip: process.platform === "win32" && "the npm of this test is a shell script" };

const ONE = { "node_modules/one": { version: "1.0.0" } };

describe("ensureInstalled", noWindows, () => {
  let folder: string;
  let path: string | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "install-"));
    path = process.env["PATH"];
  });

  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("says from time to time that npm still works, until it has ended", async (t) => {
    const lines = recordLines(t);
    t.mock.timers.enable({ apis: ["setInterval"] });
    const install = await installWith(`until [ -e "${folder}/go" ]; do sleep 0.01; done`);

    const installing = install();
    t.mock.timers.tick(31_000);
    writeFileSync(join(folder, "go"), "");
    await installing;
    t.mock.timers.tick(60_000);

    assert.match(lines[0] ?? "", /^Installing/);
    assert.deepEqual(
      lines.slice(1).map((line) => line.replace(/\d+ s$/, "… s")),
      ["  still installing, after … s", "  still installing, after … s"],
    );
  });

  it("asks npm for all packages, also where its configuration leaves some out", async (t) => {
    recordLines(t);
    const install = await installWith(`echo "$@" > "${folder}/arguments"`);
    await install();
    assert.match(readFileSync(join(folder, "arguments"), "utf8"), /^ci --include=dev --include=optional /);
  });

  it("shows all that a failing npm says", async (t) => {
    recordLines(t);
    const install = await installWith("echo to stdout; echo to stderr >&2; exit 1");
    await assert.rejects(install(), /npm ci failed:\nto stdout\n.*\nto stderr/);
  });

  it("says that there is no npm", async (t) => {
    recordLines(t);
    const install = await installWith("exit 0");
    process.env["PATH"] = join(folder, "empty");
    await assert.rejects(install(), /npm ci failed:\n.*\n.*npm: .*not found/);
  });

  it("runs no npm if all packages are there", async (t) => {
    const lines = recordLines(t);
    const install = await installWith("exit 1");
    mkdirSync(join(folder, "node_modules"));
    cpSync(join(folder, "package-lock.json"), join(folder, "node_modules/.package-lock.json"));
    await install();
    assert.deepEqual(lines, []);
  });

  it("misses the optional packages of this system, and none of another system or another Node", async (t) => {
    const lines = recordLines(t);
    const ofSystem = (os: string, node = ">=18") => {
      return { version: "1.0.0", optional: true, os: [os], cpu: [process.arch], engines: { node } };
    };
    const here = { "node_modules/two": ofSystem(process.platform) };
    const elsewhere = { "node_modules/three": ofSystem("elsewhere") };
    const someNodes = { "node_modules/four": ofSystem(process.platform, "^18.0.0 || >=99.0.0") }; // npm leaves it out
    const install = await installWith("exit 0", { ...here, ...elsewhere, ...someNodes });
    mkdirSync(join(folder, "node_modules"));
    const installed = (packages: object) =>
      writeFileSync(join(folder, "node_modules/.package-lock.json"), JSON.stringify({ packages }));

    installed({ ...ONE, ...here });
    await install();
    assert.deepEqual(lines, []);

    installed({ ...ONE, ...elsewhere });
    await install();
    assert.match(lines[0] ?? "", /^Installing/);
  });

  /** The function, in a checkout of its own and with an npm that runs these lines. */
  async function installWith(npm: string, others: object = {}): Promise<() => Promise<void>> {
    const packages = { "": {}, ...ONE, ...others };
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages }));
    for (const name of ["bin", "scripts"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "bin/npm"), `#!/bin/sh\n${npm}\n`, { mode: 0o755 });
    process.env["PATH"] = `${join(folder, "bin")}${delimiter}${path}`;
    cpSync(script, join(folder, "scripts/install.mjs"));
    return (await import(pathToFileURL(join(folder, "scripts/install.mjs")).href)).ensureInstalled;
  }
});

function recordLines(t: TestContext): string[] {
  const lines: string[] = [];
  t.mock.method(console, "log", (line: string) => lines.push(line));
  return lines;
}
