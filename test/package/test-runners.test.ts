import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isLong } from "../support/is-long.js";
import { install, pack, root, run, scratch } from "./packed.js";
import { runInRealm } from "./realm.js";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const REQUIRES = `
const { field, ImagesClient, isNotFound } = require("containerd-images");
const { InMemoryImages } = require("containerd-images/testing");
`;
const IMPORTS = `
import { field, ImagesClient, isNotFound } from "containerd-images";
import { InMemoryImages } from "containerd-images/testing";
`;

// It uses every part that is loaded later: the regexp engine, raw, diagnose and watch, in process and over a socket.
const TEST = `
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: "sha256:" + "a".repeat(64), size: 1 };

test("promotes an image", async () => {
  const service = new InMemoryImages();
  service.seed([{ name: "app:1", target, labels: { env: "dev" } }]);
  const server = await service.listen("127.0.0.1:0");
  const clients = [
    new ImagesClient({ namespace: "default", transport: service.transport }),
    new ImagesClient({ namespace: "default", address: server.address }),
  ];
  for (const images of clients) {
    expect(await images.list(field.name.matches("^a.*:[0-9]$"))).toHaveLength(1);
    expect((await images.raw.get({ name: "app:1" })).image?.name).toBe("app:1");
    expect((await images.diagnose()).images).toBe(1);
    for await (const { type } of images.watch()) {
      expect(type).toBe("created");
      break;
    }
    expect(isNotFound(await images.get("app:2").catch((error) => error))).toBe(true);
    await images.close();
  }
  await service[Symbol.asyncDispose]();
});
`;

// Jest's fake timers also replace process.nextTick. Its jsdom has no TextDecoder, and another Uint8Array than Buffer.
const AS_IN_JSDOM = `
const { InMemoryImages } = require("containerd-images/testing");
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: "sha256:" + "a".repeat(64), size: 1 };

test("lists with fake timers, where the globals are those of a browser", async () => {
  const service = new InMemoryImages();
  service.seed([{ name: "app:1", target }]);
  const { address } = await service.listen("127.0.0.1:0");
  jest.useFakeTimers();
  delete globalThis.TextDecoder;
  globalThis.Uint8Array = class extends Uint8Array {};
  const { ImagesClient } = require("containerd-images");
  const { nextTick, versions, platform } = process;
  globalThis.process = { nextTick, versions, platform }; // as tests replace it
  const images = new ImagesClient({ namespace: "default", address });
  expect(await images.list()).toHaveLength(1);
  await images.close();
  jest.useRealTimers();
  await service[Symbol.asyncDispose]();
});
`;

const FAKE_TIMERS = `
const { setTimeout: realTimeout, setImmediate: realImmediate, process: realProcess } = globalThis;
const neverRun = () => ({ ref() {}, unref() {}, hasRef: () => true });
const jest = {
  useFakeTimers() {
    process = { ...process, nextTick: neverRun };
    setTimeout = setImmediate = neverRun;
  },
  useRealTimers() {
    [setTimeout, setImmediate, process] = [realTimeout, realImmediate, realProcess];
  },
};
`;

interface Runner {
  readonly name: string;
  readonly packages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

const JEST: Runner = {
  name: "Jest in its default mode",
  packages: ["jest@30"],
  files: { "jest.config.json": "{}", "images.test.js": REQUIRES + TEST, "globals.test.js": AS_IN_JSDOM },
  command: ["node_modules/jest/bin/jest.js"],
};

const RUNNERS: readonly Runner[] = [
  JEST,
  {
    ...JEST,
    name: "Jest with babel-jest",
    packages: ["@babel/preset-env@7"],
    files: {
      "jest.config.json": "{}",
      "babel.config.json": '{ "presets": [["@babel/preset-env", { "targets": { "node": "current" } }]] }',
      "images.test.js": IMPORTS + TEST,
    },
  },
  {
    ...JEST,
    name: "Jest with ts-jest",
    packages: ["ts-jest@29", "typescript@6.0.3", "@types/jest@30", "@types/node@22"],
    files: {
      "jest.config.json": '{ "preset": "ts-jest" }',
      "tsconfig.json":
        '{ "compilerOptions": { "module": "node16", "target": "es2022", "types": ["jest", "node"], "strict": true } }',
      "images.test.ts": IMPORTS + TEST,
    },
  },
  // The newest names Node 22 as its lowest, and runs this test in Node 20, too.
  ...["4", "5"].map((version) => ({
    name: `Vitest ${version}, without a warning about source maps`,
    packages: [`vitest-${version}@npm:vitest@${version}`],
    files: {
      // Vitest reads the maps of a package only if it transforms it.
      "vitest.config.mjs":
        'export default { test: { globals: true, server: { deps: { inline: ["containerd-images"] } } } };',
      "images.test.mjs": IMPORTS + TEST,
    },
    command: [`node_modules/vitest-${version}/vitest.mjs`, "run"],
  })),
];

describe("a test of a program that uses the package", () => {
  it("runs in a realm of its own", () => inRealm(REQUIRES + TEST));

  it("runs with fake timers, where the globals are those of a browser", () => inRealm(FAKE_TIMERS + AS_IN_JSDOM));
});

/** Runs a test without a runner, which takes a fifth of the time of installing one. */
async function inRealm(source: string): Promise<void> {
  const tests: (() => Promise<void>)[] = [];
  const test = (_: string, run: () => Promise<void>) => tests.push(run);
  const expect = (value: unknown) => ({
    toBe: (expected: unknown) => assert.equal(value, expected),
    toHaveLength: (length: number) => assert.equal(Array.isArray(value) && value.length, length),
  });
  runInRealm(built(source), join(root, "images.test.cjs"), { test, expect });
  assert.equal(tests.length, 1);
  for (const run of tests) await run();
}

/** The test with the CommonJS files of the build in place of the names that only an installed package has. */
function built(source: string): string {
  return source.replaceAll(/"containerd-images(.*?)"/g, (_, path: string) => {
    return JSON.stringify(join(root, manifest.exports[`.${path}`].require.default));
  });
}

if (isLong) {
  describe("a test of a program that uses the package, in a runner", () => {
    let folder: Awaited<ReturnType<typeof scratch>>;

    before(async () => {
      folder = await scratch("test-runners");
      await install(
        folder.path,
        await pack(folder.path),
        RUNNERS.flatMap(({ packages }) => packages),
      );
    });
    after(() => folder[Symbol.asyncDispose]());

    for (const [
      index,
      {
        name,
        files,
        command: [program = "", ...args],
      },
    ] of RUNNERS.entries()) {
      it(`runs in ${name}`, async () => {
        const project = join(folder.path, `runner-${index}`);
        await mkdir(project);
        for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
        // Warnings are on the error output.
        const both = ["-c", '"$0" "$@" 2>&1', process.execPath, join(folder.path, program), ...args];
        const output = await run("sh", both, project);
        assert.doesNotMatch(output, /source ?map/i);
      });
    }
  });
}
