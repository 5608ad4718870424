import { once } from "node:events";
import { access, chmod, lstat, unlink } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { isMainThread } from "node:worker_threads";
import { formatEndpoint, pathOf, socketFileOf } from "../../transport/endpoint.js";
import { isSystemError } from "../../transport/system-error.js";
import { type ListenAddress, parseListenAddress } from "./listen-address.js";

const OWNER_ONLY = 0o600;

// The last one is every interface of IPv4, as an address of IPv6.
const EVERY_INTERFACE: ReadonlySet<string> = new Set(["0.0.0.0", "::", "::ffff:0.0.0.0"]);

/**
 * A server that `InMemoryImages.listen` has started.
 *
 * @example
 * ```ts
 * await using server = await service.listen("127.0.0.1:0");
 * console.log(server.address); // http://127.0.0.1:41237
 * ```
 */
export interface ImageServer {
  /**
   * The address for clients: `unix:///path`, `unix-abstract:name`, `npipe:////./pipe/name`, or `http://host:port` with
   * the port that the system has chosen.
   */
  readonly address: string;
  /**
   * Whether the server listens on every interface. Then everybody who can reach this machine can read and change its
   * records, because there is no authentication. Only this user can open a Unix socket with a file; every
   * user of this machine can open an abstract socket, and a pipe of Windows as far as Windows' own default allows.
   */
  readonly isOnEveryInterface: boolean;
  /** Stops listening, and breaks every connection. The service keeps its records. */
  close(): Promise<void>;
  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Listens, passes each connection to `accept`, and calls `closed` when it has been closed. */
export async function startServer(
  address: string,
  accept: (socket: Socket) => void,
  closed: () => void,
): Promise<ImageServer> {
  const where = parseListenAddress(address);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    accept(socket);
  });
  const file = "endpoint" in where ? socketFileOf(where.endpoint) : undefined;
  if (file !== undefined) {
    await access(dirname(file)); // for a folder that is missing, Node says that there is no permission
    await removeStaleSocket(file);
  }
  const close = () => closeServer(server, sockets);
  await listen(server, where);
  if (file !== undefined)
    await chmod(file, OWNER_ONLY).catch((error: unknown) => close().then(() => Promise.reject(error)));
  const listening = server.address();
  server.once("close", closed);
  return {
    address: "endpoint" in where ? formatEndpoint(where.endpoint) : formatAddress(listening),
    isOnEveryInterface: isUnspecified(listening),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeServer(server: Server, sockets: Iterable<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

async function listen(server: Server, where: ListenAddress): Promise<void> {
  ownerOnly(() => server.listen("endpoint" in where ? { path: pathOf(where.endpoint) } : where));
  await once(server, "listening");
}

// The socket exists before `chmod` could run, and a connection that another user makes until then would stay. Node
// makes it before `listen` returns, so no other file is made meanwhile. A worker thread cannot set the mask.
function ownerOnly(makeSocket: () => void): void {
  const mask = isMainThread ? process.umask(~OWNER_ONLY & 0o777) : undefined;
  try {
    makeSocket();
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
}

// A server that was killed leaves its socket behind, and no server can listen while the file exists.
async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file?.isSocket() !== true) return;
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch (error) {
    if (isRefused(error)) await unlink(path);
  } finally {
    socket.destroy();
  }
}

function isRefused(error: unknown): boolean {
  return isSystemError(error) && error.code === "ECONNREFUSED";
}

function isUnspecified(address: AddressInfo | string | null): boolean {
  return typeof address === "object" && address !== null && EVERY_INTERFACE.has(address.address);
}

function formatAddress(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") throw new Error("the server was closed before it listened");
  return formatEndpoint({ kind: "tcp", host: address.address, port: address.port });
}
