import { tracingChannel } from "node:diagnostics_channel";
import type { ErrorCode, Outcome } from "../../errors.js";
import type { Evidence } from "../../options.js";

/**
 * One RPC, as subscribers of the `TracingChannel` `containerd-images:call` see it; the same object in all its events,
 * filled in as the call goes on.
 *
 * @example
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 * import type { CallTrace } from "containerd-images";
 *
 * subscribe("tracing:containerd-images:call:asyncEnd", (message) => {
 *   const { method, imageName, attempts, code, outcome } = message as CallTrace;
 *   console.log(method, imageName, attempts, code, outcome);
 * });
 * ```
 */
export interface CallTrace {
  /** RPC in lower case, for example `create`. */
  readonly method: string;
  readonly namespace: string;
  readonly imageName: string | undefined;
  /** Requests handed to a connection so far; those that read back a lost answer are not counted. */
  readonly attempts: number;
  /** How the call ended; `undefined` before. */
  readonly code: ErrorCode | "ok" | undefined;
  /** What became of the change, always `not-applied` for reads; `undefined` before the end. */
  readonly outcome: Outcome | undefined;
}

/**
 * One request of a call, as subscribers of the `TracingChannel` `containerd-images:attempt` see it.
 *
 * @example
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 * import type { AttemptTrace } from "containerd-images";
 *
 * subscribe("tracing:containerd-images:attempt:asyncEnd", (message) => {
 *   const { method, attempt, code, evidence } = message as AttemptTrace;
 *   if (code !== "ok") console.warn(method, attempt, code, evidence);
 * });
 * ```
 */
export interface AttemptTrace {
  /** RPC in lower case; a `get` within another call reads back what became of it. */
  readonly method: string;
  readonly namespace: string;
  readonly imageName: string | undefined;
  /** 1 for the first request of this method within the call. */
  readonly attempt: number;
  /** How the request ended; `undefined` before. */
  readonly code: ErrorCode | "ok" | undefined;
  /** What of the request reached the server; `undefined` before the end. */
  readonly evidence: Evidence | undefined;
}

/** Lets the stages fill in what subscribers only read. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export const callChannel = tracingChannel<unknown, Writable<CallTrace>>("containerd-images:call");
export const attemptChannel = tracingChannel<unknown, Writable<AttemptTrace>>("containerd-images:attempt");

/** Whether anybody listens; nothing is built for nobody. */
export function isTracing(): boolean {
  return callChannel.hasSubscribers || attemptChannel.hasSubscribers;
}
