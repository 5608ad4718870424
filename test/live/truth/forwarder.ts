import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";

export type Direction = "up" | "down";

type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * Passes bytes on, as `ssh -L`, a socket proxy or the forwarder of a virtual machine do. It can be cut at any byte, and
 * can be stopped and started again.
 */
export class Forwarder {
  readonly #listenOn: Address;
  readonly #upstream: NetConnectOpts;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #cutAt: { readonly direction: Direction; left: number; readonly done: () => void } | undefined;

  constructor(listenOn: Address, upstream: NetConnectOpts) {
    this.#listenOn = listenOn;
    this.#upstream = upstream;
  }

  /** Listens; on a Unix socket, with a file made anew. */
  async up(): Promise<void> {
    if ("path" in this.#listenOn) rmSync(this.#listenOn.path, { force: true });
    const server = createServer((client) => this.#forward(client));
    await once(server.listen(this.#listenOn), "listening");
    this.#server = server.unref();
  }

  /** Breaks all connections and refuses new ones. */
  down(): void {
    this.#server?.close();
    this.#server = undefined;
    this.cut();
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks all connections after this many more bytes in that direction; `undefined` cancels it. */
  cutAfter(
    cut: { readonly direction: Direction; readonly bytes: number; readonly done: () => void } | undefined,
  ): void {
    this.#cutAt = cut && { direction: cut.direction, left: cut.bytes, done: cut.done };
  }

  #forward(client: Socket): void {
    const server = connect(this.#upstream);
    this.#pass("up", client, server);
    this.#pass("down", server, client);
  }

  #pass(direction: Direction, from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (bytes) => this.#write(direction, bytes, to));
    from
      .on("error", () => {})
      .on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
  }

  #write(direction: Direction, bytes: Buffer, to: Socket): void {
    const cut = this.#cutAt;
    if (cut?.direction !== direction || bytes.length < cut.left) {
      if (cut?.direction === direction) cut.left -= bytes.length;
      to.write(bytes);
      return;
    }
    this.#cutAt = undefined;
    // What comes before the cut still arrives.
    to.end(bytes.subarray(0, cut.left), () => {
      this.cut();
      cut.done();
    });
  }
}
