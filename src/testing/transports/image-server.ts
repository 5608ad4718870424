import { once } from "node:events";
import { lstat, unlink } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type ListenAddress, parseListenAddress } from "./listen-address.js";

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
  /** Where clients connect to: `unix:///path`, or `http://host:port` with the port that was given out. */
  readonly address: string;
  /** Stops listening and breaks every connection; the service keeps its records. */
  close(): Promise<void>;
  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Listens, and hands each connection to `accept`. */
export async function startServer(address: string, accept: (socket: Socket) => void): Promise<ImageServer> {
  const where = parseListenAddress(address);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    accept(socket);
  });
  if ("path" in where) await removeStaleSocket(where.path);
  await listen(server, where);
  const close = () => closeServer(server, sockets);
  return { address: formatAddress(server.address()), close, [Symbol.asyncDispose]: close };
}

async function closeServer(server: Server, sockets: Iterable<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

async function listen(server: Server, where: ListenAddress): Promise<void> {
  server.listen(where);
  await once(server, "listening");
}

// A server that was killed leaves its socket behind, on which nobody can listen again.
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
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}

function formatAddress(address: AddressInfo | string | null): string {
  if (address === null) throw new Error("the server was closed before it listened");
  if (typeof address === "string") return `unix://${address}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
