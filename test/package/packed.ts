import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A folder outside the repository, gone at the end of an `await using` block. */
export async function scratch(name: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs a program and gives what it printed; what it printed is in the error too when it fails. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await exec(program, args, { cwd, maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: "1" } });
    return stdout;
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error && "stderr" in error)) throw error;
    throw new Error(`${program} ${args.join(" ")} failed\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/** A tool of the repository's own node_modules. */
export function tool(name: string): string {
  return join(root, "node_modules/.bin", name);
}

// All that `npm pack` needs in a clone.
const CLONE = [
  "package.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "scripts",
  "src",
  "gen",
];

/** Packs the package as `npm pack` does in a clone without `dist`; gives the tarball's path. */
export async function packClone(folder: string): Promise<string> {
  const clone = join(folder, "clone");
  for (const name of CLONE) {
    await cp(join(root, name), join(clone, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));
  return npmPack(clone, folder);
}

/** Packs what `npm run build` has built last, which takes less time; gives the tarball's path. */
export function pack(folder: string): Promise<string> {
  return npmPack(root, folder, "--ignore-scripts");
}

async function npmPack(source: string, folder: string, ...options: readonly string[]): Promise<string> {
  await run("npm", ["pack", ...options, "--pack-destination", folder], source);
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  return join(folder, tarball);
}

/** Makes `folder` a project that has the tarball installed, and `extra` beside it. */
export async function install(folder: string, tarball: string, extra: readonly string[] = []): Promise<void> {
  await run("npm", ["init", "-y"], folder);
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball, ...extra], folder);
}
