import type { NewImage } from "../../src/image.js";

/**
 * The calls of every client. Each response is decoded to the library's plain values, so that all clients do the same
 * work.
 */
export interface BenchClient {
  get(name: string): Promise<unknown>;
  list(): Promise<readonly unknown[]>;
  create(image: NewImage): Promise<unknown>;
  /** The records of a list one by one, where the client has that. */
  iterate?(): AsyncIterable<unknown>;
  close(): void | Promise<void>;
  /** Address of the entry module, if the client is this library. */
  readonly library?: string;
}

/** Module of a client. */
export interface ClientModule {
  open(destination: Destination): Promise<BenchClient> | BenchClient;
}

/** The versions of this library that are compared. */
export interface Libraries {
  /** Address of the library's entry module, for the client that is the library. */
  readonly library: string;
  /** The same of an older version of the library, if one is compared. */
  readonly before?: string | undefined;
}

/** The address of the calls, and where the clients find this library. */
export interface Destination extends Libraries {
  readonly socketPath: string;
  readonly namespace: string;
}

/** The library sets a deadline for every call, so the other clients do it too. */
export const TIMEOUT_MS = 60_000;

/** The header with the namespace. */
export const NAMESPACE_HEADER = "containerd-namespace";
