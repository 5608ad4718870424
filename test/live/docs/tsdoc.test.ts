import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import ts from "typescript";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { examplesOf, FILES } from "./examples.js";
import { compilerOptions, type PublicExport, programOf, publicExports } from "./exports.js";
import { runTogether } from "./run-together.js";
import { asProgram, mentioned, root } from "./snippets.js";

const record = '{ name: "app:1", target, labels: { env: "dev" } }';

/** What is there before each example: a record as it was in the beginning, on the daemon or in a service in memory. */
const onDaemon = `
await images.deleteMany(all, { everything: true });
await images.create(${record});`;
const inMemory = `
const service = new InMemoryImages();
service.seed([${record}]);
await using images = new ImagesClient({ namespace: "default", transport: service.transport });`;

const types = publicExports().filter(({ isType }) => isType);
const isOfTesting = ({ file }: PublicExport) => file.startsWith("src/testing/");
const testingTypes = types.filter(isOfTesting).map(({ name }) => name);
const mainTypes = types.filter((type) => !isOfTesting(type)).map(({ name }) => name);

/** One program of all examples in the doc comments of a file, each with its own names and its own record. */
function codeOf(file: string, address: string): string {
  const examples = examplesOf(file).map(({ code }) => code);
  const beginning = file.startsWith("src/testing/") ? inMemory : onDaemon;
  const parts = examples.map((code) => `await (async () => {${beginning}\n{\n${withoutImports(code)}\n}\n})();`);
  const code = parts.join("\n").replace(/^/gm, "  ");
  const imports = new Set(
    examples.flatMap(
      (code) => code.match(/^import .* from "(?:node:|@connectrpc\/connect"|containerd-images\/raw").*$/gm) ?? [],
    ),
  );
  return [...imports, ...typeImports(code), asProgram({ place: file, language: "ts", code })]
    .join("\n")
    .replaceAll(/ImagesClient\(\{ (?!.*(?:address|transport|dial))/g, `$&address: "${address}", `)
    .replaceAll("/run/containerd/containerd.sock", address);
}

function withoutImports(code: string): string {
  return code.replace(/^import .*\n/gm, "");
}

function typeImports(code: string): readonly string[] {
  return [
    `import type { ${mentioned(mainTypes, code)} } from "containerd-images";`,
    `import type { ${mentioned(testingTypes, code)} } from "containerd-images/testing";`,
  ];
}

describe("the examples in doc comments", () => {
  let daemon: Daemon;
  let folder: string;
  const pathOf = (file: string) => join(folder, `${file.replaceAll("/", "-")}.mts`);

  before(async () => {
    daemon = await startDaemon("2.x");
    folder = mkdtempSync(join(root, "test/.snippets-"));
    for (const file of FILES) writeFileSync(pathOf(file), codeOf(file, daemon.address));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await daemon.stop();
  });

  it("run on a real containerd", async () => {
    const programs = FILES.map((file) => ({ place: file, file: pathOf(file), namespace: "tsdoc" }));
    await runTogether(folder, programs, daemon.address);
  });

  it("have no type errors", () => {
    const options = { ...compilerOptions(), noUnusedLocals: false };
    const program = programOf(FILES.map(pathOf), options);
    const examples = FILES.map((file) => program.getSourceFile(pathOf(file)));
    const errors = examples.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]);
    const found = errors.map(({ file, start = 0, messageText }) => {
      const line = file?.text.slice(0, start).split("\n").length ?? 0;
      return `${file?.text.split("\n")[line - 1]}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
    assert.deepEqual(found, []);
  });
});
