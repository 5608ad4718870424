import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./install.mjs";

// Fails if `gen/` is not the output of `buf generate` for the current `proto/`.
const fresh = mkdtempSync(join(tmpdir(), "generated-"));
try {
  execFileSync("buf", ["generate", "--output", fresh], { cwd: root, stdio: "inherit" });
  const [committed, generated] = [filesIn(join(root, "gen")), filesIn(join(fresh, "gen"))];
  const names = [...new Set([...committed.keys(), ...generated.keys()])].sort();
  const drifted = names.filter((name) => committed.get(name) !== generated.get(name));
  for (const name of drifted)
    console.error(`gen/${name} differs from what \`npx buf generate\` makes: run it and commit.`);
  console.log(`${names.length} generated files compared, ${drifted.length} differ`);
  process.exitCode = drifted.length === 0 ? 0 : 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function filesIn(dir) {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(dir.length + 1), readFileSync(path, "utf8")];
    }),
  );
}
