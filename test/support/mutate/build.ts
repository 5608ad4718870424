import { mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { instrumented, type Mutant } from "./instrument.js";

/** Bundles each test file, with the mutants in the sources it takes in; the result is the folder that they are in. */
export async function bundleTests(root: string, tests: readonly string[], mutants: readonly Mutant[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "mutate-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  await build({
    absWorkingDir: root,
    entryPoints: [...tests],
    outdir: folder,
    outbase: root,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error",
    plugins: [withMutants(root, mutants)],
  });
  return folder;
}

function withMutants(root: string, mutants: readonly Mutant[]): Plugin {
  return {
    name: "mutants",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/](?:src|test|scripts)[\\/].*\.m?[jt]s$/ }, ({ path }) => {
        const file = relative(root, path);
        const text = instrumented(
          readFileSync(path, "utf8"),
          mutants.filter((mutant) => mutant.file === file),
        );
        return { contents: whereItWas(text, path), loader: "ts" };
      });
    },
  };
}

// A bundle is not where its parts were. In quotes, it is what another bundle replaces.
function whereItWas(text: string, path: string): string {
  const url = JSON.stringify(pathToFileURL(path).href);
  return text
    .replaceAll(/(?<!")import\.meta\.url/g, url)
    .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
}
