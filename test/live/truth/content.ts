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
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const run = (args: readonly string[]) =>
      spawnSync(ctr, ["-a", daemon.socketPath, "-n", namespace, "content", ...args], {
        input: bytes,
        encoding: "utf8",
      });
    storeForGood(run, digest, bytes.length);
    return { digest, size: bytes.length };
  };
  const architecture = architectures[process.arch] ?? process.arch;
  const rootfs = { type: "layers", diff_ids: [] };
  const config = store({ architecture, os: "linux", rootfs, author: title });
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: { mediaType: CONFIG, ...config }, layers: [] };
  return { mediaType: MANIFEST, ...store(manifest) };
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
