import { once } from "node:events";
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from "node:net";
import { localAddress, localPath } from "../support/local-address.js";

/** A relay between a client and a server that can hold back the server's responses. */
export interface Relay {
  /** The address to which the client connects instead. */
  readonly address: string;
  /** How many connections clients have made so far. */
  connections(): number;
  /** Holds back every response until {@link release}; resolves when the client has sent more data. */
  hold(): Promise<void>;
  release(): void;
  /** Breaks every connection; later ones are not held. */
  cut(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a relay to an address as `ImagesClientOptions` takes it; TLS passes through. */
export async function startRelay(address: string): Promise<Relay> {
  const upstream = upstreamOf(address);
  const local = localAddress();
  const pairs = new Set<Pair>();
  let count = 0;
  let heard: (() => void) | undefined;
  let isHeld = false;
  const server = createServer((client) => {
    count += 1;
    const pair = new Pair(client, connect(upstream), () => heard?.());
    if (isHeld) pair.hold();
    pairs.add(pair);
    client.on("close", () => pairs.delete(pair));
  });
  if ("path" in upstream) server.listen(local.path);
  else server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: addressOf(address, server.address()),
    connections: () => count,
    hold: () => {
      isHeld = true;
      for (const pair of pairs) pair.hold();
      return new Promise((resolve) => {
        heard = resolve;
      });
    },
    release: () => {
      isHeld = false;
      for (const pair of pairs) pair.release();
    },
    cut: () => {
      isHeld = false;
      for (const pair of pairs) pair.cut();
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const pair of pairs) pair.cut();
      await closed;
      local[Symbol.dispose]();
    },
  };
}

/** One connection through the relay. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;

  constructor(client: Socket, server: Socket, heard: () => void) {
    this.#client = client;
    this.#server = server;
    client.on("data", heard);
    client.pipe(server);
    server.pipe(client);
    for (const socket of [client, server]) socket.on("error", () => {}).on("close", () => this.cut());
  }

  hold(): void {
    this.#server.unpipe(this.#client).pause();
  }

  release(): void {
    this.#server.pipe(this.#client);
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

function upstreamOf(address: string): NetConnectOpts {
  const path = localPath(address);
  if (path !== undefined) return { path };
  const { hostname, port } = new URL(address);
  return { host: hostname, port: Number(port) };
}

function addressOf(address: string, bound: string | AddressInfo | null): string {
  if (bound === null || typeof bound === "string") return bound ?? "";
  const url = new URL(address);
  url.port = String(bound.port);
  return url.origin;
}
