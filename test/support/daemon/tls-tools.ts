import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchBundle } from "./fetch.js";
import { libraryFolders } from "./library-folders.js";

/** nginx and openssl as fetched, and the environment in which they find the libraries fetched with them. */
export interface TlsTools {
  readonly nginx: string;
  readonly openssl: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Finds nginx and openssl; fetches them first if missing. */
export async function tlsTools(): Promise<TlsTools> {
  const dir = await fetchBundle("tls-proxy");
  return {
    nginx: join(dir, "usr/sbin/nginx"),
    openssl: join(dir, "usr/bin/openssl"),
    env: { LD_LIBRARY_PATH: (await libraryFolders(dir)).join(":") },
  };
}

/** Runs a program with the tools' environment and gives what it printed. */
export async function runTool({ env }: TlsTools, command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...env } });
  return stdout;
}
