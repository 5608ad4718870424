import type { Duplex } from "node:stream";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { ImagesClient, type ImagesClientOptions, type TlsOptions } from "../../src/index.js";
import type { Version } from "../support/daemon/daemon.js";
import { type Relay, startRelay } from "./relay.js";

/** The options that a test may set on its client; the target sets the address. */
export type ClientSettings = Omit<ImagesClientOptions, "namespace" | "address" | "tls" | "transport" | "dial">;

/** A server that the contract suite runs against, and how to reach it. */
export interface Target {
  readonly version: Version;
  /**
   * Whether there is a proxy in between that passes on headers which are too long for Node; containerd would not send
   * them.
   */
  readonly isProxied?: boolean | undefined;
  /** Whether that proxy refuses a response whose headers are too long, and does not stay silent. */
  readonly refusesLongHeaders?: boolean | undefined;
  client(namespace: string, settings?: ClientSettings): ImagesClient;
  /** A client whose responses can be held back. */
  held(namespace: string, settings?: ClientSettings): Promise<Held>;
  /** Makes a lease that exists. */
  addLease(namespace: string, id: string): Promise<void>;
  dispose(): Promise<void>;
}

/** See {@link Relay}, which it is for targets that have an address. */
export interface Held extends Omit<Relay, "address" | "connections"> {
  readonly client: ImagesClient;
  /** How many connections the client has made; undefined where there is nothing to count. */
  connections(): number | undefined;
}

/** The options that every kind of target needs. */
export type TargetBase = Pick<Target, "version" | "isProxied" | "refusesLongHeaders" | "addLease" | "dispose">;

/** A target behind an address. */
export function addressTarget(base: TargetBase, address: string, tls?: TlsOptions): Target {
  return {
    ...base,
    client: (namespace, settings) => new ImagesClient({ namespace, address, tls, ...settings }),
    held: async (namespace, settings) => {
      const relay = await startRelay(address);
      const client = new ImagesClient({ namespace, address: relay.address, tls, ...settings });
      return { ...relay, client, [Symbol.asyncDispose]: () => closeBoth(client, relay) };
    },
  };
}

/** A target whose connections are dialed; `dial` gets the path of the socket. */
export function dialTarget(base: TargetBase, address: string, dial: (path: string) => Duplex): Target {
  const clientTo = (to: string, namespace: string, settings?: ClientSettings) =>
    new ImagesClient({ namespace, dial: () => dial(to.replace("unix://", "")), ...settings });
  return {
    ...base,
    client: (namespace, settings) => clientTo(address, namespace, settings),
    held: async (namespace, settings) => {
      const relay = await startRelay(address);
      const client = clientTo(relay.address, namespace, settings);
      return { ...relay, client, [Symbol.asyncDispose]: () => closeBoth(client, relay) };
    },
  };
}

/** A target behind a Connect transport. */
export function transportTarget(base: TargetBase, transport: Transport): Target {
  return {
    ...base,
    client: (namespace, settings) => new ImagesClient({ namespace, transport, ...settings }),
    held: async (namespace, settings) => {
      const holding = new HoldingTransport(transport);
      const client = new ImagesClient({ namespace, transport: holding, ...settings });
      return {
        client,
        connections: () => undefined,
        hold: () => holding.hold(),
        release: () => holding.release(),
        cut: () => holding.cut(),
        [Symbol.asyncDispose]: () => closeBoth(client, holding),
      };
    },
  };
}

async function closeBoth(client: ImagesClient, peer: AsyncDisposable): Promise<void> {
  await client.close({ graceMs: 0 });
  await peer[Symbol.asyncDispose]();
}

/** The equivalent of a {@link Relay} for a transport. */
class HoldingTransport implements Transport, AsyncDisposable {
  readonly stream: Transport["stream"];
  readonly #transport: Transport;
  readonly #waiting = new Set<{ readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  #isHeld = false;
  #heard: (() => void) | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.stream = (...request) => transport.stream(...request);
  }

  unary: Transport["unary"] = async (...request) => {
    const answer = this.#transport.unary(...request);
    answer.catch(() => {}); // awaited below, unless it is cut off first
    this.#heard?.();
    if (this.#isHeld) await new Promise<void>((resolve, reject) => this.#waiting.add({ resolve, reject }));
    return answer;
  };

  hold(): Promise<void> {
    this.#isHeld = true;
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }

  release(): void {
    this.#isHeld = false;
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }

  cut(): void {
    this.#isHeld = false;
    for (const { reject } of this.#waiting) reject(new ConnectError("cut", Code.Unavailable));
    this.#waiting.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
