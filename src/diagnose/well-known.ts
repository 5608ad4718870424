import { readFileSync } from "node:fs";
import { DEFAULT_ADDRESS } from "../defaults.js";

/** Where a containerd of some distribution usually listens. */
export interface WellKnown {
  readonly name: string;
  readonly address: string;
}

/** The sockets that `diagnose` tries when it searches for other daemons. */
export function wellKnownSockets(env: Readonly<Record<string, string | undefined>>): readonly WellKnown[] {
  const { XDG_RUNTIME_DIR } = env;
  const runtimeDir = XDG_RUNTIME_DIR || `/run/user/${process.getuid?.() ?? 0}`;
  return [
    { name: "containerd", address: DEFAULT_ADDRESS },
    { name: "K3s or RKE2", address: "/run/k3s/containerd/containerd.sock" },
    { name: "Docker", address: "/run/docker/containerd/containerd.sock" },
    { name: "Docker (snap)", address: "/run/snap.docker/containerd/containerd.sock" },
    { name: "MicroK8s", address: "/var/snap/microk8s/common/run/containerd.sock" },
    { name: "Canonical Kubernetes (snap)", address: "/var/snap/k8s/common/run/containerd.sock" },
    { name: "k0s", address: "/run/k0s/containerd.sock" },
    { name: "rootless Docker", address: `${runtimeDir}/docker/containerd/containerd.sock` },
    ...rootless(runtimeDir),
  ];
}

// It listens inside a mount namespace of its own. RootlessKit writes the id of a process in that namespace to a file.
function rootless(runtimeDir: string): readonly WellKnown[] {
  try {
    const pid = readFileSync(`${runtimeDir}/containerd-rootless/child_pid`, "utf8").trim();
    return /^\d+$/.test(pid) ? [{ name: "rootless containerd", address: `/proc/${pid}/root${DEFAULT_ADDRESS}` }] : [];
  } catch {
    return [];
  }
}
