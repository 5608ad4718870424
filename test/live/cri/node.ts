import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { promisify } from "node:util";
import { ImagesClient, LABEL_CRI_IMAGE } from "../../../src/index.js";
import { ImageService } from "../../support/cri/image-service.js";
import { type Daemon, startDaemon, type Version, versions } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";
import { eventually } from "../../support/eventually.js";
import { type OciImage, ociImage, ociLayout } from "../../support/oci/image.js";
import { type Registry, startRegistry } from "../../support/oci/registry.js";

/** The namespace of CRI's images. */
export const CRI_NAMESPACE = "k8s.io";
export const CRI_LABELS = { [LABEL_CRI_IMAGE]: "managed" };

/** What a Kubernetes node has of images: containerd with CRI on, and a registry to pull from. */
export interface KubernetesNode {
  readonly version: Version;
  readonly daemon: Daemon;
  readonly registry: Registry;
  readonly cri: ImageService;
  /** A client of the namespace `k8s.io`. */
  readonly images: ImagesClient;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Describes the same on every version; their nodes start and run at the same time, the tests of one after another. */
export function describeOnNodes(title: string, tests: (node: () => KubernetesNode) => void): void {
  describe(title, { concurrency: true }, () => {
    for (const version of versions) {
      describe(`of containerd ${version}`, { concurrency: 1 }, () => {
        let node: KubernetesNode | undefined;
        before(async () => {
          node = await startNode(version);
        });
        after(() => node?.[Symbol.asyncDispose]());
        tests(() => {
          if (node === undefined) throw new Error("the node has not started");
          return node;
        });
      });
    }
  });
}

/** Starts containerd with its CRI plugin, and resolves when CRI responds. */
export async function startNode(version: Version): Promise<KubernetesNode> {
  const daemon = await startDaemon(version, { hasCri: true });
  const registry = await startRegistry();
  const cri = new ImageService(daemon.address);
  await eventually(() => cri.list()); // it rejects calls until it has read all records
  const images = new ImagesClient({ address: daemon.address, namespace: CRI_NAMESPACE });
  return {
    version,
    daemon,
    registry,
    cri,
    images,
    [Symbol.asyncDispose]: async () => {
      await images.close();
      await daemon.stop();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** An image in a repository of its own, and what CRI calls it. */
export interface PulledImage extends OciImage {
  /** `host/repository` */
  readonly repository: string;
  /** `host/repository:1`, the name that was pulled. */
  readonly tag: string;
  /** The names of its three records. */
  readonly names: readonly string[];
}

/** Pulls a new image through CRI. */
export async function pullNew(node: KubernetesNode, title: string): Promise<PulledImage> {
  const image = ociImage(title);
  const tag = node.registry.push(`${title}:1`, image);
  await node.cri.pull(tag);
  const repository = tag.slice(0, -2);
  const names = [tag, `${repository}@${image.manifest.digest}`, image.config.digest].sort();
  return { ...image, repository, tag, names };
}

/**
 * Imports a new image by `ctr images import`, of the daemon's version if no other is given. That of 2.x lets the
 * Transfer service of the daemon make the record; earlier ones make it themselves.
 */
export async function importNew(
  { version, daemon }: KubernetesNode,
  name: string,
  ctr: Version = version,
): Promise<OciImage> {
  const image = ociImage(name);
  const dir = await mkdtemp(join(tmpdir(), "import-"));
  try {
    await writeFile(join(dir, "image.tar"), ociLayout({ [name]: image }));
    await runCtr(ctr, daemon, ["images", "import", "--no-unpack", join(dir, "image.tar")]);
  } finally {
    await rm(dir, { recursive: true });
  }
  return image;
}

/** Runs `ctr` of any version in the namespace `k8s.io`, and gives what it printed. */
export async function runCtr(version: Version, { socketPath }: Daemon, args: readonly string[]): Promise<string> {
  const ctr = join(await fetchBundle(`containerd-${version}`), "usr/bin/ctr");
  const { stdout } = await promisify(execFile)(ctr, ["-a", socketPath, "-n", CRI_NAMESPACE, ...args]);
  return stdout;
}

/** Waits until a record has these labels and no other. */
export async function hasLabels(
  { images }: KubernetesNode,
  name: string,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  await eventually(async () => assert.deepEqual({ ...(await images.get(name)).labels }, expected));
}
