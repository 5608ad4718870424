// Opens connections to a containerd on another host with the npm package `ssh2`, for the option `dial`. See
// docs/remote.md.
import { createHash } from "node:crypto";
import type { Dial } from "containerd-images";
import { Client, type ConnectConfig } from "ssh2";

export interface SshDialOptions extends ConnectConfig {
  /** The fingerprint of the server's key, as `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly hostFingerprint: string;
  /** The socket on the other host. */
  readonly socket?: string;
}

/**
 * A function for the option `dial`. Each stream has an ssh connection of its own, which ends with it: so nothing is
 * shared that could be broken when the next call dials.
 */
export function sshDial({ hostFingerprint, socket, ...config }: SshDialOptions): Dial {
  return (signal) =>
    new Promise((resolve, reject) => {
      const ssh = new Client();
      const fail = (error: Error) => {
        ssh.destroy();
        reject(error);
      };
      const abort = () => fail(new Error("nobody waits for the connection any more"));
      signal.addEventListener("abort", abort, { once: true });
      ssh.on("error", fail);
      ssh.on("close", () => fail(new Error("the ssh connection was closed")));
      ssh.on("ready", () => {
        ssh.openssh_forwardOutStreamLocal(socket ?? "/run/containerd/containerd.sock", (error, channel) => {
          signal.removeEventListener("abort", abort);
          if (error) return fail(error);
          channel.once("close", () => ssh.destroy());
          resolve(channel);
        });
      });
      ssh.connect({
        keepaliveInterval: 5_000, // end about 10 s after the other side became silent
        keepaliveCountMax: 2,
        ...config,
        // Without it, ssh2 accepts every server.
        hostVerifier: (key: Buffer) => fingerprintOf(key) === hostFingerprint,
      });
    });
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
