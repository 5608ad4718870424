import { spawnSync } from "node:child_process";
import { readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { assertRoot } from "./daemon.js";
import { DockerApi } from "./docker-api.js";
import { fetchBundle } from "./fetch.js";
import { killAll } from "./pid-namespace.js";
import { greets, ServerProcess } from "./server-process.js";

/** The Docker Engines that the tests run, each above the containerd of the same suite. */
export const engines = { "26": "1.7", "28": "2.x" } as const;
export type EngineVersion = keyof typeof engines;

export interface DockerOptions {
  /**
   * Whether images are kept in containerd (namespace `moby`) instead of in Docker's own folders; they are when absent.
   */
  readonly hasImageStore?: boolean | undefined;
}

/** A private Docker Engine with a private containerd below it. */
export interface DockerEngine {
  readonly version: EngineVersion;
  readonly api: DockerApi;
  /** Folder of all that it writes, removed at the end. */
  readonly dir: string;
  /** Socket of its containerd, as `ImagesClientOptions.address` takes it. */
  readonly address: string;
  log(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

// The shims' sockets are always below /run/containerd; here that is a folder of the engine's own mount namespace.
const PRIVATE_RUN = 'mkdir -p /run/containerd && mount -t tmpfs none /run/containerd && exec "$@"';

const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Why no Docker Engine can run on this machine; `false` if one can. A container without privileges may not mount. */
export const withoutDocker: string | false = mayMount()
  ? false
  : "this machine lets nobody mount file systems, which Docker needs (docker run --privileged)";

function mayMount(): boolean {
  return spawnSync("unshare", [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
}

/**
 * Starts a Docker Engine, fetched before if missing, and resolves when it responds. It needs root.
 *
 * It runs in mount and process namespaces of its own, so that its mounts, its containerd and its containers end with
 * it. It dies with this process, however that ends, and changes neither the network nor the firewall of this machine.
 * Disposing of it removes all that it wrote; if this process is killed instead, its folder and the empty control
 * groups of its containers stay.
 *
 * @example
 * await using docker = await startDocker("28");
 */
export async function startDocker(version: EngineVersion, options: DockerOptions = {}): Promise<DockerEngine> {
  assertRoot();
  const server = new ServerProcess("docker-");
  const api = new DockerApi(join(server.dir, "d.sock"));
  const address = join(server.dir, "exec/containerd/containerd.sock");
  const isReady = async () => (await responds(api)) && (await greets({ path: address }));
  const command = ["unshare", ...namespaces, "sh", "-c", PRIVATE_RUN, "sh", ...dockerd(server.dir, options)];
  await server.start({ title: `Docker Engine ${version}`, command, env: { PATH: await programs(version) }, isReady });
  return {
    version,
    api,
    dir: server.dir,
    address,
    log: () => server.log(),
    [Symbol.asyncDispose]: () => stop(server, api),
  };
}

function dockerd(dir: string, { hasImageStore = true }: DockerOptions): readonly string[] {
  const config = join(dir, "daemon.json");
  writeFileSync(config, JSON.stringify({ features: { "containerd-snapshotter": hasImageStore } }));
  // These work on every file system, also where the machine is a container itself and overlayfs cannot be stacked.
  const storage = ["--storage-driver", hasImageStore ? "native" : "vfs"];
  const files = ["--config-file", config, "--data-root", join(dir, "data"), "--exec-root", join(dir, "exec")];
  const network = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"];
  const ids = [
    "--pidfile",
    join(dir, "pid"),
    "--host",
    `unix://${join(dir, "d.sock")}`,
    "--cgroup-parent",
    cgroup(dir),
  ];
  return ["dockerd", ...storage, ...files, ...network, ...ids];
}

/** A search path on which dockerd finds its containerd, runc and itself. */
async function programs(version: EngineVersion): Promise<string> {
  const [docker, containerd, runc] = await Promise.all([
    fetchBundle(`docker-${version}`),
    fetchBundle(`containerd-${engines[version]}`),
    fetchBundle("runc"),
  ]);
  const own = [join(docker, "usr/sbin"), join(containerd, "usr/bin"), join(runc, "usr/sbin")];
  return [...own, process.env["PATH"]].join(":");
}

function responds(api: DockerApi): Promise<boolean> {
  return api.ping().then(
    () => true,
    () => false,
  );
}

async function stop(server: ServerProcess, api: DockerApi): Promise<void> {
  try {
    await api.removeAllContainers();
    await killAll(server);
    removeCgroup(server.dir);
  } finally {
    await server.stop();
  }
}

function cgroup(dir: string): string {
  return `/${basename(dir)}`;
}

/** Removes the empty group in which the containers were, in every hierarchy of control groups. */
function removeCgroup(dir: string): void {
  const root = "/sys/fs/cgroup";
  for (const hierarchy of ["", ...readdirSync(root)]) {
    try {
      rmdirSync(join(root, hierarchy, cgroup(dir)));
    } catch {} // there is none
  }
}
