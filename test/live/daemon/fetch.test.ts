import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { bundleNames, bundles } from "../../support/daemon/bundles.js";
import { cacheDir } from "../../support/daemon/cache-dir.js";

/** How a run of prepare.ts ended. */
interface Run {
  readonly ok: boolean;
  readonly output: string;
}

const programs = "sh cat mkdir touch flock dpkg".split(" ");

// The real apt and dpkg are stood in for, so that nothing is asked of the network; what they do together is seen
// whenever the cache is empty.
describe("fetching", () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "fetch-test-"));
    await mkdir(join(dir, "bin"));
    for (const program of programs) await symlink(join("/usr/bin", program), join(dir, "bin", program));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("asks for nothing when all is in the cache", async () => {
    const { ok, output } = await prepare({ CONTAINERD_IMAGES_CACHE: cacheDir() });
    assert.ok(ok, output);
    assert.match(output, /^All there/);
  });

  it("names what is missing, why and what to do, without apt-get", async () => {
    const { ok, output } = await prepare();
    assert.ok(!ok);
    for (const { title, suite: name } of Object.values(bundles))
      assert.ok(output.includes(`${title} (Debian ${name})`));
    assert.match(output, /there is no apt-get, so this machine is not Debian/);
    assert.match(output, /npm run test:local/);
    assert.deepEqual(await cached(), ["lock"]);
  });

  it("shows what apt-get says when it fails", async () => {
    await fake("apt-get", "echo 'E: Could not resolve the mirror' >&2; exit 100");
    const { ok, output } = await prepare();
    assert.ok(!ok);
    assert.match(output, /apt-get .* update: E: Could not resolve the mirror\nAre the network and the mirror/);
  });

  it("fetches each bundle once, however many processes ask", async () => {
    await fakeDebian("1.6.20 1.7.24 2.1.9 1.22.1");
    const runs = await Promise.all([prepare(), prepare(), prepare()]);
    assert.ok(
      runs.every(({ ok }) => ok),
      runs.map(({ output }) => output).join("\n"),
    );
    assert.equal(runs.filter(({ output }) => output.startsWith("Fetched")).length, 1);
    assert.deepEqual(await cached(), [...bundleNames, "lock"].sort());
    const calls = await readFile(join(dir, "calls"), "utf8");
    assert.equal(calls.match(/update/g)?.length, 1);
    assert.match(calls, /download containerd\/bookworm\n/);
    assert.match(calls, /download containerd\/trixie\n/);
    assert.match(calls, /download containerd\/sid\n/);
  });

  it("refuses a version that a suite has moved on to, and keeps what came before", async () => {
    await fakeDebian("1.6.20 1.7.24 3.0.0 1.22.1");
    const { ok, output } = await prepare();
    assert.ok(!ok);
    assert.match(output, /Debian sid now has containerd 3\.0\.0; see test\/support\/daemon\/bundles\.ts/);
    assert.deepEqual(await cached(), ["containerd-1.6", "containerd-1.7", "lock"]);
  });

  it("starts afresh after a fetch that was killed", async () => {
    await fakeDebian("1.6.20 1.7.24 2.1.9 1.22.1");
    await mkdir(join(dir, "cache/fetch/containerd-1.6/root"), { recursive: true });
    await mkdir(join(dir, "cache/containerd-1.6/usr"), { recursive: true });
    const { ok, output } = await prepare();
    assert.ok(ok, output);
    assert.deepEqual(await cached(), [...bundleNames, "lock"].sort());
  });

  function prepare(env: NodeJS.ProcessEnv = {}): Promise<Run> {
    const program = join(import.meta.dirname, "../../support/daemon/prepare.ts");
    const own = { PATH: join(dir, "bin"), CONTAINERD_IMAGES_CACHE: join(dir, "cache"), ...env };
    return new Promise((resolve) => {
      execFile(process.execPath, ["--import", "tsx", program], { env: own }, (error, stdout, stderr) =>
        resolve({ ok: error === null, output: stdout + stderr }),
      );
    });
  }

  async function cached(): Promise<string[]> {
    return (await readdir(join(dir, "cache"))).sort();
  }

  async function fake(program: string, script: string): Promise<void> {
    const path = join(dir, "bin", program);
    await rm(path, { force: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** Packages that hold nothing but the programs; each `dpkg-deb` names these versions of containerd and the others. */
  async function fakeDebian(versions: string): Promise<void> {
    const [bookworm, trixie, sid, nginx] = versions.split(" ");
    await fake(
      "apt-get",
      `for last; do :; done
echo "$*" >> ${dir}/calls
case "$*" in
*download*) echo "$last" > "\${last%%/*}_1_all.deb";;
esac`,
    );
    await fake(
      "dpkg-deb",
      `case "$(cat "$2")" in
containerd/bookworm) echo ${bookworm};;
containerd/trixie) echo ${trixie};;
containerd/sid) echo ${sid};;
docker.io/trixie) echo 26.1.5;;
docker.io/sid) echo 28.5.2;;
faketime/bookworm) echo 0.9.10;;
haproxy/bookworm) echo 2.6.12;;
openssh-server/bookworm) echo 1:9.2;;
*) echo ${nginx};;
esac`,
    );
    await fake(
      "dpkg",
      `[ "$1" = -x ] || exec /usr/bin/dpkg "$@"
mkdir -p "$3/usr/bin" "$3/usr/sbin"
cd "$3/usr"
touch bin/containerd bin/faketime bin/kubectl sbin/nginx sbin/haproxy sbin/sshd sbin/dockerd sbin/runc`,
    );
  }
});
