import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { isLong } from "../support/is-long.js";
import { assertBeginAtCaller, outcomesIn } from "../support/stack-traces/stack-traces.js";
import { install, pack, run, scratch } from "./packed.js";

const PROGRAM = `
// @ts-expect-error there is no default export
import all from "containerd-images";
import { field, filters, ImagesClient, isNotFound, replaceAll, type CallOptions, type Image, type ImagesError } from "containerd-images";
import { compile, parse } from "containerd-images/filters";
import type { GetImageResponse } from "containerd-images/raw";
import { canonicalName } from "containerd-images/reference";
import { InMemoryImages } from "containerd-images/testing";

declare const maybe: number | undefined;
declare const signal: AbortSignal | undefined;

export async function use(): Promise<readonly Image[]> {
  const options: CallOptions = { timeoutMs: maybe, signal, retry: undefined, headers: undefined };
  const images = new ImagesClient({ namespace: "default", lease: undefined, address: undefined });
  await images.update("app:1", { labels: replaceAll({ env: "prod" }), target: undefined }, options);
  await images.list({ signal });
  const image: Image = await images.waitFor("app:1", { timeoutMs: 1_000 });
  await images.waitFor("app:2", image, { timeoutMs: 1_000 });
  await images.delete("app:1", { ifTarget: image.target });
  // @ts-expect-error a record that was read is not a patch
  await images.update("app:1", image);
  console.log(filters.compile(filters.parse("name==a")));
  const answer: GetImageResponse = await images.raw.get({ name: "app:1" }, { timeoutMs: maybe });
  console.log(answer.image?.target?.size satisfies bigint | undefined, compile(parse("name==a")));
  const { transport } = new InMemoryImages();
  await new ImagesClient({ namespace: "default", transport }).find(canonicalName("app:1"));
  try {
    return await images.list(field.label("env").equals("prod"), options);
  } catch (error) {
    if (isNotFound(error)) console.log(error.code satisfies "not_found", (error satisfies ImagesError).hint);
    throw error;
  }
}

// What a program exports has types that its declaration file can name.
declare const client: ImagesClient;
export const { get, list } = client.raw;
export const parts = () => [client, client.watch(), client.cache(), client.diagnose, field.label, filters] as const;
export const { listen, seed, calls } = new InMemoryImages();
`;

// With the DOM library, as Connect's declarations need it.
const CONNECT_PROGRAM = `
import { createClient, type Transport } from "@connectrpc/connect";
import { ImagesClient } from "containerd-images";
import { Images } from "containerd-images/raw";
import { InMemoryImages } from "containerd-images/testing";

const { transport } = new InMemoryImages();
const connect: Transport = transport;
await createClient(Images, transport).list({});
await new ImagesClient({ namespace: "default", transport: connect }).list();
`;

// Parts are loaded late. Here their files are away for a while, as if the package were installed again.
const LATE_PARTS = `
const { readdirSync, renameSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { ImagesClient, isImagesError } = require("containerd-images");
const { InMemoryImages } = require("containerd-images/testing");
const folder = dirname(require.resolve("containerd-images"));
const parts = readdirSync(folder).filter((name) => /^(event-streams|diagnose|from-transport|generated-client)\\.js$/.test(name));

async function tell(what, work) {
  const error = await work().catch((error) => error);
  const isNamed = isImagesError(error) && error.outcome === "not-applied" && /cannot be loaded/.test(error.message);
  console.log(what + ": " + (isNamed ? error.code : error === undefined ? "ok" : String(error)));
}

(async () => {
  const service = new InMemoryImages();
  const server = await service.listen("127.0.0.1:0");
  const images = new ImagesClient({ namespace: "n", address: server.address });
  const over = new ImagesClient({ namespace: "n", transport: service.transport });
  const all = async () => {
    await tell("watch", async () => void (await images.watch().next()));
    await tell("raw", async () => void (await images.raw.list({})));
    await tell("diagnose", async () => void (await images.diagnose()));
    await tell("list", async () => void (await over.list()));
  };
  for (const name of parts) renameSync(join(folder, name), join(folder, name + ".away"));
  await all();
  for (const name of parts) renameSync(join(folder, name + ".away"), join(folder, name));
  await all();
  await images.close();
  await server.close();
})();
`;

// A program of ES modules that uses a CommonJS library, so that the types of both builds meet; and a fake.
const LIBRARY = `
import type { Filter, ImageCache, ImagesClient, Watch } from "containerd-images";

export declare function use(images: ImagesClient, filter: Filter, watch: Watch, cache: ImageCache): void;
`;
const LIBRARY_PROGRAM = `
import { field, ImagesClient } from "containerd-images";
import { use } from "./library.cjs";

const images = new ImagesClient({ namespace: "default" });
use(images, field.name.present(), images.watch(), images.cache());
declare const fake: { readonly [Name in keyof ImagesClient]: ImagesClient[Name] };
use(fake, field.name.present(), images.watch(), images.cache());
`;

// Under other names, so that all can be there at once.
const COMPILERS = [
  "typescript-5.7@npm:typescript@5.7.3",
  "typescript-7.0@npm:typescript@7.0.2",
  ...(isLong ? ["typescript-6.0@npm:typescript@6.0.3"] : []),
];

const LIB = ["es2022", "esnext.disposable"];
const NODENEXT = { file: "program.mts", module: "nodenext", moduleResolution: "nodenext" };
const BUNDLER = { file: "program.mts", module: "esnext", moduleResolution: "bundler" };
const CTS = { file: "program.cts", module: "node16", moduleResolution: "node16" };
const NODE10 = { file: "program.ts", module: "commonjs", moduleResolution: "node10" };

interface Compilation {
  readonly typescript: string;
  readonly file: string;
  readonly module: string;
  readonly moduleResolution: string;
  readonly lib?: readonly string[];
  readonly ignoreDeprecations?: string;
}

const COMPILATIONS: readonly Compilation[] = [
  { typescript: "7.0", ...NODENEXT },
  { typescript: "7.0", ...BUNDLER },
  { typescript: "7.0", ...CTS },
  { typescript: "5.7", ...NODE10 },
  { typescript: "7.0", ...NODENEXT, file: "connect.mts", lib: [...LIB, "dom", "dom.iterable"] },
  { typescript: "7.0", ...NODENEXT, file: "both-builds.mts" },
];
// Before 7.0, a compilation takes seconds.
const LONG_COMPILATIONS: readonly Compilation[] = [
  { typescript: "5.7", ...NODENEXT },
  { typescript: "5.7", ...BUNDLER },
  { typescript: "5.7", ...CTS },
  { typescript: "6.0", ...NODENEXT },
  { typescript: "6.0", ...BUNDLER },
  { typescript: "6.0", ...CTS },
  { typescript: "6.0", ...NODE10, ignoreDeprecations: "6.0" }, // 7.0 has no node10
];

// In Node 22 and newer, npm installs the newest versions that the package allows. All other tests have the oldest.
const NEWEST_CONNECT = ["@connectrpc/connect@2.3.0", "@connectrpc/connect-node@2.3.0"];

describe("a project that installs the package", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let project: string;

  before(async () => {
    folder = await scratch("consumer");
    project = folder.path;
    await install(project, await pack(folder.path), [
      "@types/node@20",
      "newest-node-types@npm:@types/node@26",
      ...COMPILERS,
      ...NEWEST_CONNECT,
    ]);
    for (const ending of ["ts", "mts", "cts"]) await writeFile(join(project, `program.${ending}`), PROGRAM);
    await writeFile(join(project, "connect.mts"), CONNECT_PROGRAM);
    await writeFile(join(project, "library.d.cts"), LIBRARY);
    await writeFile(join(project, "both-builds.mts"), LIBRARY_PROGRAM);
  });
  after(() => folder[Symbol.asyncDispose]());

  const node = (...args: string[]) => run(process.execPath, args, project);

  it("runs no install script, its own or a dependency's", async () => {
    const lock = JSON.parse(await readFile(join(project, "package-lock.json"), "utf8"));
    const installed = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);
    assert.ok(installed.some(([name]) => name.endsWith("/containerd-images")));
    assert.deepEqual(
      installed.filter(([, { hasInstallScript }]) => hasInstallScript),
      [],
    );
  });

  it("imports every entry point as ESM", async () => {
    await writeFile(
      join(project, "esm.mjs"),
      `import { ImagesClient, field } from "containerd-images";
       import { compile } from "containerd-images/filters";
       import { Images } from "containerd-images/raw";
       import { InMemoryImages } from "containerd-images/testing";
       const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
       console.log(Images.typeName, compile(field.name.equals("a")), (await images.list()).length);
       await images.close();`,
    );
    const output = await node("esm.mjs");
    assert.match(output, /^containerd\.services\.images\.v1\.Images \[ 'name=="a"' \] 0$/m);
  });

  it("prints every request under NODE_DEBUG, also of a service in an outage", async () => {
    await writeFile(
      join(project, "debug.mjs"),
      `import { ImagesClient } from "containerd-images";
       import { InMemoryImages } from "containerd-images/testing";
       const service = new InMemoryImages();
       const images = new ImagesClient({ namespace: "n", transport: service.transport, retry: { baseDelayMs: 0 } });
       service.failNext("*", "unavailable", { times: 2 });
       await images.find("app:1");`,
    );
    const env = { ...process.env, NODE_DEBUG: "containerd-images" };
    const { stderr } = await promisify(execFile)(process.execPath, ["debug.mjs"], { cwd: project, env });
    const lines = stderr.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => /get "app:1" in namespace "n": (attempt \d, \w+, \w+), /.exec(line)?.[1]),
      ["attempt 1, unavailable, answered", "attempt 2, unavailable, answered", "attempt 3, not_found, answered"],
    );
  });

  it("has the command containerd-images-server", async () => {
    const output = await run(join(project, "node_modules/.bin/containerd-images-server"), ["--help"], project);
    assert.match(output, /^Usage: containerd-images-server --address ADDRESS/);
  });

  it("requires it from CommonJS", async () => {
    await writeFile(
      join(project, "cjs.cjs"),
      `const { ImagesClient } = require("containerd-images");
       console.log(typeof ImagesClient, typeof require("containerd-images/filters").parse);`,
    );
    assert.match(await node("cjs.cjs"), /^function function$/m);
  });

  it("can use both builds at once, in which all classes have their names", async () => {
    await copyFile(new URL("both-builds.mjs", import.meta.url), join(project, "both-builds.mjs"));
    assert.match(await node("both-builds.mjs"), /^both builds work together$/m);
  });

  it("works over the transports of the newest Connect, and with its client", async () => {
    await copyFile(new URL("newest-connect.mjs", import.meta.url), join(project, "newest-connect.mjs"));
    assert.match(await node("newest-connect.mjs"), /^the newest Connect works$/m);
  });

  it("sees stack traces that begin in its own files, also with source maps", async () => {
    const entryPoints = {
      index: "containerd-images",
      filters: "containerd-images/filters",
      reference: "containerd-images/reference",
      testing: "containerd-images/testing",
    };
    for (const nodeArgs of [[], ["--enable-source-maps"]]) {
      const outcomes = await outcomesIn(project, entryPoints, (args) => node(...nodeArgs, ...args), ["usual"]);
      await assertBeginAtCaller(project, outcomes("usual"));
    }
  });

  it("says that a part of it cannot be loaded, and loads it when it can", async () => {
    await writeFile(join(project, "late.cjs"), LATE_PARTS);
    const all = (result: string) => ["watch", "raw", "diagnose", "list"].map((what) => `${what}: ${result}\n`);
    assert.equal(await node("late.cjs"), [...all("unavailable"), ...all("ok")].join(""));
  });

  it("cannot import what is not exported", async () => {
    await writeFile(join(project, "deep.mjs"), `await import("containerd-images/dist/js/index.js");`);
    await assert.rejects(node("deep.mjs"), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  const compile = async (id: string, { typescript, file, lib = LIB, ...options }: Compilation) => {
    const strict = {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      declaration: true,
    };
    const compilerOptions = { target: "es2022", lib, types: ["node"], ...strict, ...options };
    await writeFile(join(project, `tsconfig-${id}.json`), JSON.stringify({ compilerOptions, files: [file] }));
    await node(`node_modules/typescript-${typescript}/bin/tsc`, "-p", `tsconfig-${id}.json`);
  };

  const compilations = [...COMPILATIONS, ...(isLong ? LONG_COMPILATIONS : [])];
  for (const [index, compilation] of compilations.entries()) {
    const { file, typescript, moduleResolution, lib } = compilation;
    const without = lib === undefined ? "without" : "with";
    it(`compiles ${file} with TypeScript ${typescript}, ${moduleResolution}, ${without} the DOM library`, () =>
      compile(String(index), compilation));
  }

  it("compiles with the newest types of Node", async () => {
    await rename(join(project, "node_modules/@types/node"), join(project, "other-types"));
    await rename(join(project, "node_modules/newest-node-types"), join(project, "node_modules/@types/node"));
    await compile("newest", { typescript: "7.0", ...NODENEXT });
  });
});
