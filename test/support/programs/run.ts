import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nodeArgs } from "./bundled.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Runs a program of this repository as a user would and gives what it printed; rejects when it fails. */
export async function run(
  program: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<string> {
  const argv = await nodeArgs(program, args);
  return new Promise((resolve, reject) => {
    const options = { cwd: root, env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(process.execPath, argv, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} failed: ${stderr}${stdout}`, { cause: error }));
    });
  });
}
