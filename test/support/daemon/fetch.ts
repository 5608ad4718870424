import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DebianArchive } from "./apt-sources.js";
import { type Bundle, type BundleName, browserBundles, bundles as daemonBundles, goBundles } from "./bundles.js";
import { cacheDir } from "./cache-dir.js";
import { machineArchive, PrivateApt } from "./private-apt.js";

const bundles: Readonly<Record<BundleName, Bundle>> = { ...daemonBundles, ...goBundles, ...browserBundles };

/** What remains to be done on a machine without daemons. */
export const otherwise = "`npm run test:local` runs the tests that need neither root nor Debian.";

/**
 * The folder of a bundle; fetches it first when the cache does not have it.
 *
 * Packages are downloaded by a private apt (only the mirror's address and key come from this machine) and unpacked.
 * Nothing is installed or started, and nothing is asked of the network when all is there.
 */
export async function fetchBundle(name: BundleName): Promise<string> {
  await fetchBundles([name]);
  return bundleDir(name);
}

/** Fetches those of the bundles that the cache lacks, one process at a time, and says which. */
export async function fetchBundles(names: readonly BundleName[]): Promise<BundleName[]> {
  const absent = await missing(names);
  if (absent.length === 0) return [];
  try {
    return await fetchLocked(names);
  } catch (error) {
    throw cannotFetch(absent, error);
  }
}

async function fetchLocked(names: readonly BundleName[]): Promise<BundleName[]> {
  const archive = await machineArchive();
  if (archive === undefined) throw new Error("this machine is not Debian: its apt sources name no Debian archive");
  await mkdir(cacheDir(), { recursive: true });
  await using _lock = await lock(join(cacheDir(), "lock"));
  const wanted = await missing(names); // again: another process may have been at it while this one waited
  if (wanted.length > 0) await download(wanted, archive);
  return wanted;
}

/** Whether the cache has a bundle. */
export async function isFetched(name: BundleName): Promise<boolean> {
  return (await missing([name])).length === 0;
}

async function missing(names: readonly BundleName[]): Promise<BundleName[]> {
  const found = await Promise.all(names.map((name) => exists(join(bundleDir(name), bundles[name].binary))));
  return names.filter((_, index) => !found[index]);
}

async function download(names: readonly BundleName[], archive: DebianArchive): Promise<void> {
  const work = join(cacheDir(), "fetch");
  await rm(work, { recursive: true, force: true }); // what a process left that was killed
  await mkdir(work);
  try {
    const suites = new Set(names.map((name) => bundles[name].suite));
    const apt = await PrivateApt.in(work, archive, [...suites]);
    for (const name of names) await downloadBundle(name, apt, join(work, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Unpacks all packages of a bundle into one folder, and moves it into its place when it is whole. */
async function downloadBundle(name: BundleName, apt: PrivateApt, work: string): Promise<void> {
  const { suite, packages, version: wanted, title, binary } = bundles[name];
  const root = join(work, "root");
  await mkdir(root, { recursive: true });
  for (const [index, debianPackage] of packages.entries()) {
    const version = await apt.unpack(debianPackage, suite, join(work, debianPackage), root);
    if (index === 0 && !wanted.test(version)) {
      throw new Error(`Debian ${suite} now has ${debianPackage} ${version}; see test/support/daemon/bundles.ts`);
    }
  }
  if (!(await exists(join(root, binary)))) throw new Error(`there is no ${binary} in the packages of ${title}`);
  await rm(bundleDir(name), { recursive: true, force: true });
  await rename(root, bundleDir(name));
}

function bundleDir(name: BundleName): string {
  return join(cacheDir(), name);
}

function cannotFetch(names: readonly BundleName[], cause: unknown): Error {
  const what = names.map((name) => `${bundles[name].title} (Debian ${bundles[name].suite})`).join(", ");
  const why = cause instanceof Error ? cause.message : cause;
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
