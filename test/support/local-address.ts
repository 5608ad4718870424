import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A place of this host where a test can listen: a socket in a fresh folder, or on Windows a pipe. */
export interface LocalAddress extends Disposable {
  /** What `listen` and `connect` of `node:net` take. */
  readonly path: string;
  /** What the client and the service in memory take. */
  readonly address: string;
}

let count = 0;

export function localAddress(platform: NodeJS.Platform = process.platform): LocalAddress {
  if (platform === "win32") return localPipe();
  const dir = mkdtempSync(join(tmpdir(), "local-"));
  const path = join(dir, "c.sock");
  return { path, address: `unix://${path}`, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

/** What `connect` of `node:net` takes for an address of this host; `undefined` for an address of the network. */
export function localPath(address: string): string | undefined {
  if (address.startsWith("/")) return address;
  if (address.startsWith("unix://")) return address.slice("unix://".length);
  if (address.startsWith("unix-abstract:")) return address.replace("unix-abstract:", "\0");
  return address.startsWith("npipe:////./pipe/") ? address.slice("npipe://".length).replaceAll("/", "\\") : undefined;
}

function localPipe(): LocalAddress {
  count += 1;
  const name = `containerd-images-${process.pid}-${count}`;
  return { path: `\\\\.\\pipe\\${name}`, address: `npipe:////./pipe/${name}`, [Symbol.dispose]: () => {} };
}
