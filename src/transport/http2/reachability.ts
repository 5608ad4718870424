import { DENIED_WAIT_MS, FIRST_CONTACT_WAIT_MS } from "../../defaults.js";
import type { RpcFailure } from "../../rpc/failure.js";
import { isDenied, isNotListening } from "./connect-failure.js";

/** What the attempts to connect have shown of the daemon so far. */
export class Reachability {
  /** Whether a connection to a daemon was ever made there. */
  wasReached: boolean;
  /** Why the last attempt failed, if no connection has been made since. */
  lastFailure: RpcFailure | undefined;
  /** How often nobody listened, or another socket's file was there than before. */
  outageCount = 0;
  /** The socket's file at the last connection. */
  #connectedFile: string | undefined;
  /** The socket's file that this process was not allowed to use, and since when. */
  #denied: { readonly file: string | undefined; readonly sinceMs: number } | undefined;

  constructor(wasReached: boolean) {
    this.wasReached = wasReached;
  }

  /** An attempt through the socket's `file`, if there is one, has become a connection. */
  connected(file: string | undefined): void {
    if (this.wasReached && this.#connectedFile !== file) this.outageCount += 1;
    this.#connectedFile = file;
    this.wasReached = true;
    this.lastFailure = undefined;
  }

  /** An attempt has failed; gives whether waiting can help. */
  failed(failure: RpcFailure, file: string | undefined, nowMs: number): boolean {
    this.lastFailure = failure;
    if (isNotListening(failure)) this.outageCount += 1;
    return failure.kind === "unreachable" || this.#isDeniedForNow(failure, file, nowMs);
  }

  /** How long a call waits for a connection, if nobody has said so. */
  get defaultWaitMs(): number {
    return this.wasReached ? Number.POSITIVE_INFINITY : FIRST_CONTACT_WAIT_MS;
  }

  // Whether a daemon that let this process in before has only just made its socket.
  #isDeniedForNow(failure: RpcFailure, file: string | undefined, nowMs: number): boolean {
    if (!this.wasReached || !isDenied(failure)) return false;
    if (this.#denied === undefined || this.#denied.file !== file) this.#denied = { file, sinceMs: nowMs };
    return nowMs - this.#denied.sinceMs < DENIED_WAIT_MS;
  }
}
