import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

// npm run test:portable: the unit tests that need no Linux and no POSIX. They run on Windows and macOS, too. Most are
// those of the contract suite on the service in memory: over a pipe or a Unix socket, over TCP, and in the process.

/** The unit tests that are left out, and what they need. */
const LEFT_OUT = [
  [/^diagnose\/diagnose\./, "sockets and files with a path, and their modes"],
  [/^errors\/guards\./, "paths of sockets"],
  [/^errors\/stack-traces\./, "programs that they build (not tried elsewhere)"],
  [/^examples\//, "paths of sockets, and a shell"],
  [/^interceptors\/tracing\/channels\./, "paths of sockets"],
  [/^operations\/wait-for\./, "paths of sockets"],
  [/^schema\/options\./, "the rules for paths of sockets"],
  [/^scripts\//, "npm as a program, process groups and signals"],
  [/^support\//, "Debian's packages, and signals"],
  [/^testing\/cli\./, "SIGTERM"],
  [/^testing\/in-memory-images\./, "paths of sockets"],
  [/^transport\/errno\./, "sockets and files with a path, their modes, and links"],
  [/^transport\/few-streams\./, "paths of sockets"],
  [/\.timed\.test\.ts$/, "a machine with nothing else to do"],
];

const names = readdirSync(join(root, "test/unit"), { recursive: true }).map((name) => name.replaceAll("\\", "/"));
const tests = names.filter((name) => name.endsWith(".test.ts")).sort();
for (const [path, reason] of LEFT_OUT) {
  const leftOut = tests.filter((name) => path.test(name));
  if (leftOut.length === 0) throw new Error(`${path} is listed in vain`);
  console.log(`Left out, since they need ${reason}: ${leftOut.join(", ")}`);
}
const chosen = tests.filter((name) => !LEFT_OUT.some(([path]) => path.test(name)));
const args = ["--import", "tsx", "--test", ...chosen.map((name) => `test/unit/${name}`)];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
