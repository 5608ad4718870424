import type { NewImage } from "../../src/image.js";

/**
 * The calls of every client. Each response is decoded to the library's plain values, so that all clients do the same
 * work.
 */
export interface BenchClient {
  get(name: string): Promise<unknown>;
  list(): Promise<readonly unknown[]>;
  create(image: NewImage): Promise<unknown>;
  close(): void | Promise<void>;
}

/** Module of a client. */
export interface ClientModule {
  open(destination: Destination): Promise<BenchClient> | BenchClient;
}

/** The address of the calls. */
export interface Destination {
  readonly socketPath: string;
  readonly namespace: string;
  /** Address of the library's entry module, for the client that is the library. */
  readonly library: string;
}

/** The library sets a deadline for every call, so the other clients do it too. */
export const TIMEOUT_MS = 60_000;

/** The header with the namespace. */
export const NAMESPACE_HEADER = "containerd-namespace";
