import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  type AptSource,
  type DebianArchive,
  findDebianArchive,
  formatSources,
  parseListFile,
  parseSourcesFile,
} from "./apt-sources.js";
import { type Bundle, type BundleName, bundles } from "./bundles.js";

const execute = promisify(execFile);
/** What remains to be done on a machine without daemons. */
export const otherwise = "`npm run test:local` runs the tests that need neither root nor Debian.";

/** Where the bundles are kept, outside the checkout: `CONTAINERD_IMAGES_CACHE`, or below the user's cache folder. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const { CONTAINERD_IMAGES_CACHE: own, XDG_CACHE_HOME: cache } = env;
  return resolve(own || join(cache || join(homedir(), ".cache"), "containerd-images"));
}

/**
 * The folder of a bundle; fetches it first when the cache does not have it.
 *
 * Packages are downloaded by a private apt (own lists, cache and sources; only the mirror's address and key come from
 * this machine) and unpacked. Nothing is installed or started, and nothing is asked of the network when all is there.
 */
export async function fetchBundle(name: BundleName): Promise<string> {
  await fetchBundles([name]);
  return bundleDir(name);
}

/** Fetches those of the bundles that the cache lacks, one process at a time, and says which. */
export async function fetchBundles(names: readonly BundleName[]): Promise<BundleName[]> {
  const absent = await missing(names);
  if (absent.length === 0) return [];
  const archive = await machineArchive(absent);
  await mkdir(cacheDir(), { recursive: true });
  await using _lock = await lock(join(cacheDir(), "lock"));
  const wanted = await missing(names); // again: another process may have been at it while this one waited
  if (wanted.length > 0) await download(wanted, archive);
  return wanted;
}

function bundleDir(name: BundleName): string {
  return join(cacheDir(), name);
}

async function missing(names: readonly BundleName[]): Promise<BundleName[]> {
  const found = await Promise.all(names.map((name) => exists(join(bundleDir(name), bundles[name].binary))));
  return names.filter((_, index) => !found[index]);
}

async function machineArchive(names: readonly BundleName[]): Promise<DebianArchive> {
  const archive = findDebianArchive(await machineSources());
  if (archive !== undefined) return archive;
  throw cannotFetch(names, "this machine is not Debian (its apt sources name no Debian archive).");
}

async function download(names: readonly BundleName[], archive: DebianArchive): Promise<void> {
  const work = join(cacheDir(), "fetch");
  await rm(work, { recursive: true, force: true }); // what a process left that was killed
  await mkdir(work);
  try {
    const config = await prepareApt(work, suitesOf(names), archive);
    await apt(["-c", config, "update"], work, names);
    for (const name of names) await downloadBundle(name, config, join(work, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Writes the configuration of the private apt, and gives its path. */
async function prepareApt(work: string, suites: readonly string[], archive: DebianArchive): Promise<string> {
  const { stdout: architecture } = await execute("dpkg", ["--print-architecture"]);
  const [sources, config] = [join(work, "debian.sources"), join(work, "apt.conf")];
  await mkdir(join(work, "state/lists/partial"), { recursive: true });
  await mkdir(join(work, "cache/archives/partial"), { recursive: true });
  await writeFile(sources, formatSources(archive, suites, architecture.trim()));
  await writeFile(config, aptConfig(work, sources));
  return config;
}

function suitesOf(names: readonly BundleName[]): string[] {
  return [...new Set(names.map((name) => bundles[name].suite))];
}

// The hooks of APT::Update are the machine's own business (cleaning its cache, telling its desktop).
function aptConfig(work: string, sources: string): string {
  return `#clear APT::Update;
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
Acquire::Languages { "none"; };
Acquire::Retries "3";
Dir::State "${work}/state";
Dir::State::status "/dev/null";
Dir::Cache "${work}/cache";
Dir::Etc::sourcelist "${sources}";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
`;
}

async function machineSources(): Promise<AptSource[]> {
  const parts = "/etc/apt/sources.list.d";
  const files = await readdir(parts).catch(() => []);
  const paths = ["/etc/apt/sources.list", ...files.sort().map((file) => join(parts, file))];
  const sources = await Promise.all(paths.map(readSources));
  return sources.flat();
}

async function readSources(path: string): Promise<AptSource[]> {
  const text = () => readFile(path, "utf8").catch(() => "");
  if (path.endsWith(".sources")) return parseSourcesFile(await text());
  return path.endsWith(".list") ? parseListFile(await text()) : [];
}

async function downloadBundle(name: BundleName, config: string, work: string): Promise<void> {
  const { suite, packages, version, title } = bundles[name] satisfies Bundle;
  const root = join(work, "root");
  await mkdir(root, { recursive: true });
  for (const debianPackage of packages) {
    await apt(["-c", config, "download", `${debianPackage}/${suite}`], work, [name]);
    const file = (await readdir(work)).find((entry) => entry.startsWith(`${debianPackage}_`)) ?? "";
    const { stdout } = await execute("dpkg-deb", ["--field", join(work, file), "Version"]);
    if (debianPackage === packages[0] && !version.test(stdout)) {
      throw cannotFetch(
        [name],
        `Debian ${suite} now has ${debianPackage} ${stdout.trim()}; see test/daemon/bundles.ts`,
      );
    }
    await execute("dpkg", ["-x", join(work, file), root]);
  }
  if (!(await exists(join(root, bundles[name].binary)))) throw cannotFetch([name], `no ${title} in the packages`);
  await rm(bundleDir(name), { recursive: true, force: true });
  await rename(root, bundleDir(name));
}

async function apt(args: readonly string[], cwd: string, names: readonly BundleName[]): Promise<void> {
  try {
    await execute("apt-get", ["-q", ...args], { cwd, env: { ...process.env, LC_ALL: "C.UTF-8" } });
  } catch (error) {
    throw cannotFetch(names, `apt-get ${args.slice(2).join(" ")} failed: ${reason(error)}`, error);
  }
}

function reason(error: unknown): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string }; // of execFile
  if (code === "ENOENT") return "there is no apt-get, so this machine is not Debian";
  return `\n${(stderr || message).trim()}\nIs the network there, and the mirror of the machine's apt sources?`;
}

function cannotFetch(names: readonly BundleName[], why: string, cause?: unknown): Error {
  const what = names.map((name) => `${bundles[name].title} (Debian ${bundles[name].suite})`).join(", ");
  return new Error(`Cannot fetch ${what} into ${cacheDir()}: ${why}\n${otherwise}`, { cause });
}

/** Holds flock(1) on a file; the kernel lets go of it however this process ends. */
async function lock(path: string): Promise<AsyncDisposable> {
  const holder = spawn("flock", [path, "sh", "-c", "echo held; cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(holder, "close");
  await Promise.race([once(holder.stdout, "data"), closed]);
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await closed;
    },
  };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
