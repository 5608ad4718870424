import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, root } from "../scripts/install.mjs";
import { allParts } from "../scripts/parts.mjs";
import { runPart } from "../scripts/run-part.mjs";

// Installs what is missing, generates ts-proto's code, builds the library and the bench, and runs it: see README.md.

const bench = join(root, "bench");
const tsProto = {
  version: "v2",
  clean: true,
  plugins: [
    {
      local: "bench/node_modules/.bin/protoc-gen-ts_proto",
      out: "bench/generated",
      opt: [
        "env=node",
        "esModuleInterop=true",
        "importSuffix=.js",
        "outputServices=grpc-js",
        "outputServices=generic-definitions", // for nice-grpc
        "useExactTypes=false",
      ],
    },
  ],
};

try {
  await ensureInstalled();
  if (!isInstalled())
    await run("npm", "ci", "--prefix", "bench", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund");
  const proto = "proto/containerd/services/images/v1/images.proto";
  await run("buf", "generate", "--template", JSON.stringify(tsProto), "--path", proto);
  leaveUnchecked(join(bench, "generated"));
  for (const command of allParts().find(({ name }) => name === "build").commands) await run(...command);
  rmSync(join(bench, "out"), { recursive: true, force: true });
  await run("tsc", "-p", "bench");
  execFileSync(process.execPath, [join(bench, "out/bench/main.js"), ...process.argv.slice(2)], { stdio: "inherit" });
} catch (error) {
  if (error.status === undefined) console.error(error.message);
  process.exitCode = 1;
}

async function run(...command) {
  const { counts, output } = await runPart({ commands: [command] });
  if (counts.failed > 0) throw new Error(`${command.slice(0, 3).join(" ")} … failed:\n${output}`);
}

function isInstalled() {
  const installed = join(bench, "node_modules/.package-lock.json");
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(bench, "package-lock.json")).mtimeMs;
}

// Generated code does not follow this checkout's compiler options.
function leaveUnchecked(dir) {
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    writeFileSync(path, `// @ts-nocheck\n${readFileSync(path, "utf8")}`);
  }
}
