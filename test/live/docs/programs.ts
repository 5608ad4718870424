import { examplesOf } from "./examples.js";
import { type PublicExport, publicExports } from "./exports.js";
import { asProgram, mentioned, type Snippet } from "./snippets.js";

// The one word that differs on a test machine is where the daemon listens.
const SOCKET = "/run/containerd/containerd.sock";

// Packages that are not installed here, and what stands for them, as seen from a folder of programs.
const STAND_INS = [['from "ws"', 'from "../live/docs/ws.js"']] as const;

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

/** A program of a guide, with this address, and with the types that it mentions if it shows no import. */
export function guideProgram(snippet: Snippet, address: string): string {
  const program = STAND_INS.reduce((text, [name, path]) => text.replace(name, path), asProgram(snippet));
  const isWhole = /^import .* from "containerd-images/m.test(snippet.code);
  return (isWhole ? program : `${typeImports(snippet.code)}\n${program}`).replaceAll(SOCKET, address);
}

/** One program of all examples in the doc comments of a file, each with its own names and its own record. */
export function exampleProgram(file: string, address: string): string {
  const examples = examplesOf(file).map(({ code }) => code);
  const beginning = file.startsWith("src/testing/") ? inMemory : onDaemon;
  const parts = examples.map((code) => `await (async () => {${beginning}\n{\n${withoutImports(code)}\n}\n})();`);
  const code = parts.join("\n").replace(/^/gm, "  ");
  const imports = new Set(
    examples.flatMap(
      (code) => code.match(/^import .* from "(?:node:|@connectrpc\/connect"|containerd-images\/raw").*$/gm) ?? [],
    ),
  );
  return [...imports, typeImports(code), asProgram({ place: file, language: "ts", code })]
    .join("\n")
    .replaceAll(/ImagesClient\(\{ (?!.*(?:address|transport|dial))/g, `$&address: "${address}", `)
    .replaceAll(SOCKET, address);
}

function withoutImports(code: string): string {
  return code.replace(/^import .*\n/gm, "");
}

function typeImports(code: string): string {
  return `import type { ${mentioned(mainTypes, code)} } from "containerd-images";
import type { ${mentioned(testingTypes, code)} } from "containerd-images/testing";`;
}
