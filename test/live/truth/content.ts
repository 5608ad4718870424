import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { NewDescriptor } from "../../../src/index.js";
import type { Daemon } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";

const architectures: Readonly<Record<string, string>> = { x64: "amd64" };
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";

const ATTEMPTS = 10;

/** Stores an image without layers that is never collected, so that CRI takes an interest in its records. */
export async function storeContent(daemon: Daemon, namespace: string, title: string): Promise<NewDescriptor> {
  const ctr = join(await fetchBundle(`containerd-${daemon.version}`), "usr/bin/ctr");
  const store = (content: object) => {
    const { bytes, digest } = encode(content);
    const run = (args: readonly string[]) =>
      spawnSync(ctr, ["-a", daemon.socketPath, "-n", namespace, "content", ...args], {
        input: bytes,
        encoding: "utf8",
      });
    storeForGood(run, digest, bytes.length);
    return { digest, size: bytes.length };
  };
  const config = store(configOf(title));
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: { mediaType: CONFIG, ...config }, layers: [] };
  return { mediaType: MANIFEST, ...store(manifest) };
}

/** The digest of the config of the image that {@link storeContent} stores under this title. */
export function configDigestOf(title: string): string {
  return encode(configOf(title)).digest;
}

function configOf(title: string): object {
  const architecture = architectures[process.arch] ?? process.arch;
  return { architecture, os: "linux", rootfs: { type: "layers", diff_ids: [] }, author: title };
}

function encode(content: object) {
  const bytes = Buffer.from(JSON.stringify(content));
  return { bytes, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}

type Ctr = (args: readonly string[]) => { readonly status: number | null; readonly stderr: string };

/** Again where the daemon collects the content before it has the label that keeps it. */
function storeForGood(run: Ctr, digest: string, size: number): void {
  let said = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = run(["ingest", "--expected-digest", digest, "--expected-size", String(size), digest]);
    const kept = run(["label", digest, "containerd.io/gc.root=truth"]);
    if (kept.status === 0) return;
    said = stored.stderr + kept.stderr;
  }
  throw new Error(`cannot store content: ${said}`);
}
