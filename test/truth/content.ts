import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { NewDescriptor } from "../../src/index.js";
import type { Daemon } from "../daemon/daemon.js";
import { fetchBundle } from "../daemon/fetch.js";

const architectures: Readonly<Record<string, string>> = { x64: "amd64" };
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";

/** Stores an image without layers that is never collected, so that CRI takes an interest in its records. */
export async function storeContent(daemon: Daemon, namespace: string, title: string): Promise<NewDescriptor> {
  const bundle = await fetchBundle(`containerd-${daemon.version}`);
  const store = (content: object) => {
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const ctr = (args: readonly string[], input?: Buffer) =>
      execFileSync(join(bundle, "usr/bin/ctr"), ["-a", daemon.socketPath, "-n", namespace, "content", ...args], {
        ...(input && { input }),
        stdio: ["pipe", "ignore", "inherit"],
      });
    ctr(["ingest", "--expected-digest", digest, "--expected-size", String(bytes.length), digest], bytes);
    ctr(["label", digest, "containerd.io/gc.root=truth"]);
    return { digest, size: bytes.length };
  };
  const architecture = architectures[process.arch] ?? process.arch;
  const rootfs = { type: "layers", diff_ids: [] };
  const config = store({ architecture, os: "linux", rootfs, author: title });
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: { mediaType: CONFIG, ...config }, layers: [] };
  return { mediaType: MANIFEST, ...store(manifest) };
}
