import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { asserting, root } from "./snippets.js";

/** An example in a doc comment. */
export interface Example {
  /** File and line, for example `src/filters/parse.ts:12`. */
  readonly place: string;
  readonly code: string;
}

/**
 * The files whose examples run on a daemon, or with a service in memory; those of `src/filters` and `src/reference` run
 * alone.
 */
export const FILES: readonly string[] = [
  "src/client.ts",
  "src/diagnose/diagnosis.ts",
  "src/errors.ts",
  "src/field-paths.ts",
  "src/image.ts",
  "src/index.ts",
  "src/labels.ts",
  "src/options.ts",
  "src/patch.ts",
  "src/util/printable.ts",
  "src/raw/raw-images.ts",
  "src/results.ts",
  "src/testing/calls.ts",
  "src/testing/faults.ts",
  "src/testing/in-memory-images.ts",
  "src/testing/profile.ts",
  "src/testing/services/cri.ts",
  "src/testing/store/instant.ts",
  "src/testing/in-memory-transport.ts",
  "src/testing/transports/image-server.ts",
  "src/interceptors/tracing/channels.ts",
  "src/watch/cache.ts",
  "src/watch/events.ts",
  "src/watch/watch.ts",
];

/** The entry points of the package, and where their sources are. */
const sources = {
  "containerd-images": "src/index.ts",
  "containerd-images/filters": "src/filters/index.ts",
  "containerd-images/reference": "src/reference/index.ts",
} as const;

/** Every `@example` of a file, up to the next tag. */
export function examplesOf(file: string): readonly Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/@example[^\n]*\n([\s\S]*?)(?=\n\s*\*\s*@|\*\/)/g)].map((match) => {
    const lines = (match[1] ?? "").split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
    const line = text.slice(0, match.index).split("\n").length + 1;
    return {
      place: `${file}:${line}`,
      code: lines
        .filter((text) => !text.startsWith("```"))
        .join("\n")
        .trim(),
    };
  });
}

/** Runs an example with all that an entry point exports in scope, and asserts what it shows. */
export async function runExample(example: Example, entry: keyof typeof sources): Promise<void> {
  const folder = mkdtempSync(join(root, "test/.snippets-"));
  try {
    const file = join(folder, "example.mts");
    writeFileSync(file, asModule(example.code, await exportsOf(entry), entry));
    await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new Error(`${example.place}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function exportsOf(entry: keyof typeof sources): Promise<string[]> {
  return Object.keys(await import(urlOf(entry)));
}

function urlOf(entry: keyof typeof sources): string {
  return pathToFileURL(join(root, sources[entry])).href;
}

function asModule(code: string, names: readonly string[], entry: keyof typeof sources): string {
  const imported = names.filter((name) => !new RegExp(`\\b(?:const|let|function|class) ${name}\\b`).test(code));
  const imports = [
    'import assert from "node:assert/strict";',
    code.includes("import ") ? "" : `import { ${imported.join(", ")} } from "${entry}";`,
  ];
  const mapped = Object.keys(sources).reduce(
    (text, name) => text.replaceAll(`from "${name}"`, `from "${urlOf(name as keyof typeof sources)}"`), // its own keys
    [...imports, asserting(code)].join("\n"),
  );
  return `${mapped}\nexport {};\n`;
}
