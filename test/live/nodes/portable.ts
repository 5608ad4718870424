import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { root } from "../../package/packed.js";
import { ownUrls } from "../../support/programs/own-urls.js";

// What tests import of src, and what a user imports instead.
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  "src/index.js": "containerd-images",
  "src/filters/index.js": "containerd-images/filters",
  "src/reference/index.js": "containerd-images/reference",
  "src/testing/index.js": "containerd-images/testing",
  "src/raw/index.js": "containerd-images/raw",
};

const installedPackage: Plugin = {
  name: "installed-package",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = relative(root, join(resolveDir, path));
      const entryPoint = ENTRY_POINTS[file];
      if (entryPoint !== undefined) return { path: entryPoint, external: true };
      return file.startsWith("src/") ? { errors: [{ text: `${file} is not in the package` }] } : undefined;
    });
  },
};

/** Makes one JavaScript file of a test file, which uses the package that is installed in the folder of `outfile`. */
export async function bundleTest(file: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [file],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    packages: "external",
    plugins: [installedPackage, ownUrls],
    logLevel: "silent",
  });
}
