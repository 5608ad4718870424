import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as api from "containerd-images";
import * as reference from "containerd-images/reference";
import * as testing from "containerd-images/testing";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What this entry point has beyond the main one. */
const referenceNames = Object.keys(reference).filter((name) => !Object.hasOwn(api, name));

/** A program in a page of the documentation. */
export interface Snippet {
  /** Page and line, for example `README.md:12`. */
  readonly place: string;
  readonly language: "js" | "ts";
  readonly code: string;
}

// Figures that long runs have left; no programs.
const reports = new Set(["benchmark.md", "chaos.md"]);

/** The pages whose programs are run. */
export function pages(): readonly string[] {
  const guides = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && !reports.has(name));
  return ["README.md", ...guides.map((name) => `docs/${name}`).sort()];
}

/** The languages of all blocks of a page. */
export function languagesOf(page: string): readonly string[] {
  const fences = [...readFileSync(join(root, page), "utf8").matchAll(/^[ >]*(?:```|~~~) *(.*)$/gm)];
  return fences.flatMap(([, language = ""], index) => (index % 2 === 0 ? [language] : []));
}

/** Every `js` and `ts` block of a page. */
export function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(js|ts)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language, code = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    return { place: `${page}:${line}`, language: language === "js" ? "js" : "ts", code };
  });
}

/** A snippet that shows only the point of it, as a program: with a client, and with a record to work on. */
export function asProgram({ code }: Snippet): string {
  if (/^import .* from "containerd-images/m.test(code)) return checked(code);
  return `import { ImagesClient, all, ${mentioned(Object.keys(api), code)} } from "containerd-images";
import { ${mentioned(Object.keys(testing), code)} } from "containerd-images/testing";
import { ${mentioned(referenceNames, code)} } from "containerd-images/reference";
const digest = "sha256:${"a".repeat(64)}";
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 1 };
await using images = ImagesClient.fromEnv();
await images.upsert({ name: "app:1", target, labels: { env: "dev" } });
${checked(code)}
await images.deleteMany(all, { everything: true });
`;
}

/** The names that code mentions, without those that every program has and those that it declares at its left margin. */
export function mentioned(names: readonly string[], code: string): string {
  const isMentioned = (name: string) =>
    new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`^(?:const|let|function|class) ${name}\\b`, "m").test(code);
  return names.filter((name) => name !== "ImagesClient" && name !== "all" && isMentioned(name)).join(", ");
}

function checked(code: string): string {
  return /\/\/ (?:=>|throws) /.test(code) ? `import assert from "node:assert/strict";\n${asserting(code)}` : code;
}

/**
 * `value; // => expected`, the comment also on the next line, asserts that they are deeply equal, and
 * `statement; // throws Name` that it throws an error of that name.
 */
export function asserting(code: string): string {
  return code
    .replace(/;\n\s*(\/\/ => )/g, "; $1")
    .replace(/^(?!\s*\/\/)(.*?);?\s*\/\/ => (.*)$/gm, "assert.deepEqual($1, $2);")
    .replace(/^(?!\s*\/\/)(.*?);?\s*\/\/ throws (\w+)$/gm, 'assert.throws(() => $1, { name: "$2" });');
}
