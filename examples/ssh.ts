// Lists the images of a containerd on another host over ssh. With SSH_KEY, it uses the npm package `ssh2` instead of
// the program `ssh`.
//
//   SSH_HOST=root@node-1 npx tsx examples/ssh.ts
//   SSH_HOST=node-1 SSH_KEY=~/.ssh/id_ed25519 SSH_FINGERPRINT=SHA256:… npx tsx examples/ssh.ts
//
// CONTAINERD_SOCKET is the socket on that host, if it is not containerd's usual one.
import { readFile } from "node:fs/promises";
import { ImagesClient, printable } from "containerd-images";
import { SshHost } from "./ssh-dial.js";
import { openSshTunnel } from "./ssh-tunnel.js";

const { CONTAINERD_SOCKET: socket = "/run/containerd/containerd.sock", CONTAINERD_NAMESPACE: namespace = "default" } =
  process.env;
const { SSH_HOST: host = "node-1", SSH_PORT = "22", SSH_USER = "root", SSH_KEY, SSH_FINGERPRINT = "" } = process.env;

if (SSH_KEY === undefined) {
  await using tunnel = await openSshTunnel(host, socket);
  await using images = new ImagesClient({ namespace, address: tunnel.address });
  await list(images);
} else {
  const privateKey = await readFile(SSH_KEY);
  const login = { host, port: Number(SSH_PORT), username: SSH_USER, privateKey };
  using ssh = new SshHost({ ...login, hostFingerprint: SSH_FINGERPRINT, socket });
  await using images = new ImagesClient({ namespace, dial: ssh.dial });
  await list(images);
}

async function list(images: ImagesClient): Promise<void> {
  for (const { name, target } of await images.list()) console.log(printable(name), target.digest);
}
