import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { install, pack, run, scratch } from "./packed.js";

const PROGRAM = `
import { field, filters, ImagesClient, isNotFound, replaceAll, type CallOptions, type Image, type ImagesError } from "containerd-images";
import { compile, parse } from "containerd-images/filters";
import type { GetImageResponse } from "containerd-images/raw";

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
  try {
    return await images.list(field.label("env").equals("prod"), options);
  } catch (error) {
    if (isNotFound(error)) console.log(error.code satisfies "not_found", (error satisfies ImagesError).hint);
    throw error;
  }
}
`;

const RESOLUTIONS = [
  { name: "nodenext", module: "nodenext", moduleResolution: "nodenext" },
  { name: "bundler", module: "esnext", moduleResolution: "bundler" },
] as const;

// Under other names, so that all three can be there at once.
const COMPILERS = [
  { version: "5.7", name: "typescript-5.7", install: "typescript-5.7@npm:typescript@5.7.3" },
  { version: "6.0", name: "typescript-6.0", install: "typescript-6.0@npm:typescript@6.0.3" },
  { version: "7.0", name: "typescript-7.0", install: "typescript-7.0@npm:typescript@7.0.2" },
] as const;

describe("a project that installs the package", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let project: string;

  before(async () => {
    folder = await scratch("consumer");
    project = folder.path;
    await install(project, await pack(folder.path), [
      "@types/node@20",
      ...COMPILERS.map((compiler) => compiler.install),
    ]);
    await writeFile(join(project, "program.mts"), PROGRAM);
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

  it("requires it from CommonJS", async () => {
    await writeFile(
      join(project, "cjs.cjs"),
      `const { ImagesClient } = require("containerd-images");
       console.log(typeof ImagesClient, typeof require("containerd-images/filters").parse);`,
    );
    assert.match(await node("cjs.cjs"), /^function function$/m);
  });

  it("cannot import what is not exported", async () => {
    await writeFile(join(project, "deep.mjs"), `await import("containerd-images/dist/js/index.js");`);
    await assert.rejects(node("deep.mjs"), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  for (const { version, name: compiler } of COMPILERS) {
    for (const { name, module, moduleResolution } of RESOLUTIONS) {
      it(`compiles with TypeScript ${version}, ${name}, without the DOM library`, async () => {
        const config = {
          compilerOptions: {
            target: "es2022",
            lib: ["es2022", "esnext.disposable"],
            types: ["node"],
            module,
            moduleResolution,
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: false,
            noEmit: true,
          },
          files: ["program.mts"],
        };
        const file = `tsconfig-${version}-${name}.json`;
        await writeFile(join(project, file), JSON.stringify(config));
        await node(`node_modules/${compiler}/bin/tsc`, "-p", file);
      });
    }
  }
});
