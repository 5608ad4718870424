import { join } from "node:path";
import type { DaemonOptions } from "./daemon.js";

// What starts shims, opens TCP ports or writes outside the root: CRI, NRI, runtimes, /opt, tracing. The rest is left
// out because nothing here needs it, and a daemon with less boots faster. Ids that a version does not know do no harm.
const disabledPlugins = `
  grpc.v1.cri cri.v1.runtime cri.v1.images podsandbox.controller.v1.podsandbox
  nri.v1.nri internal.v1.opt internal.v1.tracing tracing.processor.v1.otlp ttrpc.v1.otelttrpc
  internal.v1.restart monitor.container.v1.restart monitor.v1.cgroups monitor.task.v1.cgroups
  runtime.v1.linux runtime.v2.task runtime.v2.shim shim.v1.manager image-verifier.v1.bindir
  service.v1.tasks-service grpc.v1.tasks service.v1.containers-service grpc.v1.containers
  service.v1.diff-service grpc.v1.diff differ.v1.erofs differ.v1.walking
  snapshotter.v1.aufs snapshotter.v1.blockfile snapshotter.v1.btrfs snapshotter.v1.devmapper
  snapshotter.v1.erofs snapshotter.v1.overlayfs snapshotter.v1.zfs
  service.v1.snapshots-service grpc.v1.snapshots
  sandbox.store.v1.local sandbox.controller.v1.local sandbox.controller.v1.shim
  grpc.v1.sandbox-controllers grpc.v1.sandboxes
  streaming.v1.manager grpc.v1.streaming transfer.v1.local grpc.v1.transfer
`
  .trim()
  .split(/\s+/)
  .map((id) => `io.containerd.${id}`);

// CRI needs most of the above, and starts nothing by itself.
const disabledBesideCri = disabledPlugins.filter((id) =>
  /\.(nri|opt|tracing|otlp|otelttrpc|restart)$|snapshotter\.v1\.(aufs|blockfile|btrfs|devmapper|erofs|zfs)$/.test(id),
);

// "native" copies files, so CRI starts also where overlayfs is missing or is not allowed.
const cri = `[plugins."io.containerd.grpc.v1.cri"]
stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
`;

const isTracing = (id: string) => /\.(tracing|otlp)$/.test(id);

/** The daemon's configuration; form 2 is read by every version from 1.3 on. JSON strings are TOML strings. */
export function formatConfig(dir: string, socketPath: string, options: DaemonOptions): string {
  const { root, tcpAddress, gid, hasCri = false, tracesTo } = options;
  const tcp = tcpAddress === undefined ? "" : `tcp_address = ${JSON.stringify(tcpAddress)}\n`;
  const group = gid === undefined ? "" : `gid = ${gid}\n`;
  const disabled = hasCri ? disabledBesideCri : disabledPlugins;
  const stillDisabled = tracesTo === undefined ? disabled : disabled.filter((id) => !isTracing(id));
  return `version = 2
root = ${JSON.stringify(root ?? join(dir, "root"))}
state = ${JSON.stringify(join(dir, "state"))}
disabled_plugins = ${JSON.stringify(stillDisabled, null, 2)}
[grpc]
address = ${JSON.stringify(socketPath)}
${tcp}${group}[ttrpc]
address = ${JSON.stringify(`${socketPath}.ttrpc`)}
${hasCri ? cri : ""}`;
}
