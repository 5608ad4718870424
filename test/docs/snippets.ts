import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A program in a page of the documentation. */
export interface Snippet {
  /** Page and line, for example `README.md:12`. */
  readonly place: string;
  readonly language: "js" | "ts";
  readonly code: string;
}

/** The pages whose programs are run: all but the one that holds figures. */
export function pages(): readonly string[] {
  const guides = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "chaos.md");
  return ["README.md", ...guides.map((name) => `docs/${name}`).sort()];
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
  const names = "ImagesClient, all, allOf, anyOf, compile, field, fieldPaths, matches, parse, replaceAll";
  const guards = "isImagesError, isNotFound, isAlreadyExists, isFailedPrecondition, isUnavailable";
  const unused = `void [${names}, ${guards}, target, digest];`;
  return `import { ${names}, ${guards} } from "containerd-images";
const digest = "sha256:${"a".repeat(64)}";
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 1 };
await using images = ImagesClient.fromEnv();
await images.upsert({ name: "app:1", target, labels: { env: "dev" } });
${unused}
${checked(code)}
await images.deleteMany(all, { everything: true });
`;
}

// `expression; // => value` asserts.
function checked(code: string): string {
  if (!/\/\/ => /.test(code)) return code;
  const asserted = code.replace(/^(?!\s*\/\/)(.*?);?\s*\/\/ => (.*)$/gm, "assert.deepEqual($1, $2);");
  return `import assert from "node:assert/strict";\n${asserted}`;
}
