import { existsSync, readFileSync } from "node:fs";
import { DEFAULT_ADDRESS, DEFAULT_WINDOWS_ADDRESS } from "../defaults.js";

/** Where a containerd of some distribution usually listens. */
export interface WellKnown {
  readonly name: string;
  readonly address: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The sockets that `diagnose` tries when it searches for other daemons. */
export function wellKnownSockets(env: Env, platform: NodeJS.Platform = process.platform): readonly WellKnown[] {
  switch (platform) {
    case "win32":
      return [{ name: "containerd", address: DEFAULT_WINDOWS_ADDRESS }];
    case "darwin":
      return forwarded(env);
    default:
      return ofLinux(env);
  }
}

// Colima always forwards its socket to the host. For the others, docs/connecting.md says how to have it forwarded to
// these paths.
function forwarded({ HOME, COLIMA_HOME, LIMA_HOME, XDG_CONFIG_HOME }: Env): readonly WellKnown[] {
  if (!HOME?.startsWith("/")) return [];
  const colima = `${HOME}/.colima`;
  const colimas = [COLIMA_HOME ?? "", colima, `${XDG_CONFIG_HOME || `${HOME}/.config`}/colima`];
  return [
    { name: "Colima", address: `${colimas.find(existsSync) ?? colima}/default/containerd.sock` },
    { name: "Lima", address: `${LIMA_HOME || `${HOME}/.lima`}/default/sock/containerd.sock` },
    { name: "Rancher Desktop", address: `${HOME}/.rd/containerd.sock` },
  ];
}

function ofLinux({ XDG_RUNTIME_DIR }: Env): readonly WellKnown[] {
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
