import type { NewImage } from "../../src/image.js";

/** What every client is made to do: each answer decoded to the library's own plain values, so that the work is equal. */
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

/** Where the calls go. */
export interface Destination {
  readonly socketPath: string;
  readonly namespace: string;
  /** Address of the library's entry module, for the client that is the library. */
  readonly library: string;
}

/** The library gives every call a deadline, so everybody does. */
export const TIMEOUT_MS = 60_000;

/** The header by which containerd knows the namespace. */
export const NAMESPACE_HEADER = "containerd-namespace";
