import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, root } from "./install.mjs";

// build.mjs [folder]: makes all that is published of src: types, ES modules and CommonJS modules. npm pack and npm
// publish run it.

await ensureInstalled();
const out = process.argv[2] ?? join(root, "dist");
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
node("node_modules/typescript-7/bin/tsc", "-p", "tsconfig.build.json", "--outDir", join(out, "types"));
for (const step of ["bundle", "prune-types", "commonjs"]) node(`scripts/${step}.mjs`, out);
