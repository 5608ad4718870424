import { once } from "node:events";
import { lstat, unlink } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type ListenAddress, parseListenAddress } from "./listen-address.js";

/** A server that {@link InMemoryImages.listen} has started. */
export class ImageServer {
  /** Where clients connect to: `unix:///path`, or `http://host:port` with the port that was given out. */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  /** @internal */
  constructor(server: Server, sockets: Set<Socket>) {
    this.address = formatAddress(server.address());
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Stops listening and breaks every connection; the service keeps its records. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Listens, and hands each connection to `accept`. */
export async function startServer(address: string, accept: (socket: Socket) => void): Promise<ImageServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    accept(socket);
  });
  const where = parseListenAddress(address);
  if ("path" in where) await removeStaleSocket(where.path);
  await listen(server, where);
  return new ImageServer(server, sockets);
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
