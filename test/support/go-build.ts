import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BundleName, goBundles } from "./daemon/bundles.js";
import { cacheDir } from "./daemon/cache-dir.js";
import type { Version } from "./daemon/daemon.js";
import { fetchBundle } from "./daemon/fetch.js";

const execute = promisify(execFile);

// Only what is in the bundles counts, whatever Go this machine has or is told to use. What was compiled is kept.
const ownGo = {
  PATH: "/usr/bin:/bin",
  GOCACHE: join(cacheDir(), "go-build"),
  GO111MODULE: "off",
  GOTOOLCHAIN: "local",
  GOENV: "off",
  CGO_ENABLED: "0",
};

export interface BuildOptions {
  /** The containerd whose Go compiles it. */
  readonly version: Version;
  readonly tags?: readonly string[];
  /** Bundles of sources that it imports, beside those of that containerd. */
  readonly sources?: readonly BundleName[];
}

/** Compiles the program in Go of a folder, and gives the new folder that it is in, as `program`; fetches Go first. */
export async function buildGo(folder: string, { version, tags = [], sources = [] }: BuildOptions): Promise<string> {
  const bundle = await fetchBundle(`go-${version}`);
  const sourceDirs = await Promise.all(sources.map((name) => fetchBundle(name)));
  const go = join(bundle, goBundles[`go-${version}`].binary);
  const dir = await mkdtemp(join(tmpdir(), "go-program-"));
  const path = [bundle, ...sourceDirs].map((each) => join(each, "usr/share/gocode")).join(":");
  const env = { ...ownGo, HOME: dir, GOROOT: join(go, "../.."), GOPATH: path };
  await execute(go, ["build", "-tags", tags.join(), "-o", join(dir, "program"), "."], { cwd: folder, env });
  return dir;
}
