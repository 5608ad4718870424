import { DENIED_WAIT_MS, FIRST_CONTACT_WAIT_MS } from "../../defaults.js";
import type { RpcFailure } from "../../rpc/failure.js";
import { isDenied, isNotListening } from "../open/connect-failure.js";

/** What the attempts to connect have shown about the daemon so far. */
export class Reachability {
  /** Whether a connection to the daemon was ever made. */
  wasReached: boolean;
  /** Why the last attempt failed, if no connection has been made since. */
  lastFailure: RpcFailure | undefined;
  /** When an attempt last failed. */
  lastFailedAtMs = 0;
  /** See {@link Channel.outageCount}. */
  outageCount = 0;
  /** The identity of the socket's file at the last connection. */
  #connectedFile: string | undefined;
  /** The socket's file that this process may not use, and since when. */
  #denied: { readonly file: string | undefined; readonly sinceMs: number } | undefined;

  constructor(wasReached: boolean) {
    this.wasReached = wasReached;
  }

  /** Notes that an attempt has succeeded; `file` identifies the socket's file, if there is one. */
  connected(file: string | undefined): void {
    if (this.wasReached && this.#connectedFile !== file) this.outageCount += 1;
    this.#connectedFile = file;
    this.wasReached = true;
    this.lastFailure = undefined;
    this.#denied = undefined;
  }

  /** Notes that an attempt has failed; returns whether waiting can help. */
  failed(failure: RpcFailure, file: string | undefined, nowMs: number): boolean {
    this.lastFailure = failure;
    this.lastFailedAtMs = nowMs;
    if (isNotListening(failure)) this.outageCount += 1;
    return failure.kind === "unreachable" || this.#isDeniedForNow(failure, file, nowMs);
  }

  /** How long a call waits for a connection if `waitForDaemonMs` is not set. */
  get defaultWaitMs(): number {
    return this.wasReached ? Number.POSITIVE_INFINITY : FIRST_CONTACT_WAIT_MS;
  }

  // Whether the permission may be missing only because a daemon has just made its socket: this process could use the
  // daemon before, or nothing has listened there.
  #isDeniedForNow(failure: RpcFailure, file: string | undefined, nowMs: number): boolean {
    if (!(this.wasReached || this.outageCount > 0) || !isDenied(failure)) return false;
    if (this.#denied === undefined || this.#denied.file !== file) this.#denied = { file, sinceMs: nowMs };
    return nowMs - this.#denied.sinceMs < DENIED_WAIT_MS;
  }
}
