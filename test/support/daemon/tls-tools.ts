import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchBundle } from "./fetch.js";

/** nginx and openssl as fetched, and the environment in which they find the libraries fetched with them. */
export interface TlsTools {
  readonly nginx: string;
  readonly openssl: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Finds nginx and openssl; fetches them first if missing. */
export async function tlsTools(): Promise<TlsTools> {
  const dir = await fetchBundle("tls-proxy");
  const folders = await Promise.all([join(dir, "lib"), join(dir, "usr/lib")].map(libraryFolders));
  return {
    nginx: join(dir, "usr/sbin/nginx"),
    openssl: join(dir, "usr/bin/openssl"),
    env: { LD_LIBRARY_PATH: folders.flat().join(":") },
  };
}

/** Runs a program with the tools' environment and gives what it printed. */
export async function runTool({ env }: TlsTools, command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...env } });
  return stdout;
}

// Debian keeps libraries in a folder named after the architecture, such as x86_64-linux-gnu.
async function libraryFolders(dir: string): Promise<string[]> {
  const entries = await readdir(dir);
  return entries.filter((entry) => entry.includes("-linux-")).map((entry) => join(dir, entry));
}
