import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

// npm run test:portable: the tests that need no Linux and no POSIX. They run on Windows and macOS, too: the contract suite
// on the service in memory (over a pipe or a Unix socket, over TCP, in the process), and the other unit tests.

/** Unit tests that need sockets with a path, file modes, signals or npm as a program. */
const NEED_POSIX = [
  /^diagnose\/diagnose\./,
  /^errors\//,
  /^examples\//,
  /^interceptors\/tracing\/channels\./,
  /^operations\/wait-for\./,
  /^schema\/options\./,
  /^scripts\//,
  /^support\//,
  /^testing\/(?:cli|in-memory-images)\./,
  /^transport\/(?:errno|few-streams)\./,
  /\.timed\.test\.ts$/,
];

const names = readdirSync(join(root, "test/unit"), { recursive: true }).map((name) => name.replaceAll("\\", "/"));
const chosen = names.filter((name) => name.endsWith(".test.ts") && !NEED_POSIX.some((path) => path.test(name))).sort();
const args = ["--import", "tsx", "--test", ...chosen.map((name) => `test/unit/${name}`)];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
