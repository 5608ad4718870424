// Lists the images of a containerd on another host over ssh. With SSH_KEY, it uses the npm package `ssh2` instead of
// the program `ssh`.
//
//   SSH_HOST=root@node-1 npx tsx examples/ssh.ts
//   SSH_HOST=root@node-1 SSH_KEY=~/.ssh/id_ed25519 SSH_FINGERPRINT=SHA256:… npx tsx examples/ssh.ts
//
// SSH_PORT is its port, if not 22 or that of `~/.ssh/config`, which only the program `ssh` reads.
// CONTAINERD_SOCKET is the socket on that host, if it is not containerd's usual one.
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { ImagesClient, printable } from "containerd-images";
import { SshHost } from "./ssh-dial.js";
import { openSshTunnel } from "./ssh-tunnel.js";

const { CONTAINERD_SOCKET: socket = "/run/containerd/containerd.sock", CONTAINERD_NAMESPACE: namespace = "default" } =
  process.env;
const { SSH_HOST = "root@node-1", SSH_PORT = "", SSH_KEY, SSH_FINGERPRINT = "" } = process.env;
const host = new URL(`ssh://${SSH_HOST}`);
if (SSH_PORT !== "") host.port = SSH_PORT;

if (SSH_KEY === undefined) {
  await using tunnel = await openSshTunnel(host.href, socket);
  await using images = new ImagesClient({ namespace, address: tunnel.address });
  await list(images);
} else {
  const privateKey = await readFile(SSH_KEY);
  const username = host.username || userInfo().username; // as ssh does
  const login = { host: host.hostname.replace(/^\[|\]$/g, ""), port: Number(host.port || 22), username, privateKey };
  using ssh = new SshHost({ ...login, hostFingerprint: SSH_FINGERPRINT, socket });
  await using images = new ImagesClient({ namespace, dial: ssh.dial });
  await list(images);
}

async function list(images: ImagesClient): Promise<void> {
  for (const { name, target } of await images.list()) console.log(printable(name), target.digest);
}
