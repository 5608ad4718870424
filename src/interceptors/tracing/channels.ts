import { tracingChannel } from "node:diagnostics_channel";
import type { ErrorCode, Outcome } from "../../errors.js";
import type { Evidence } from "../../options.js";

/**
 * One RPC, as subscribers of the `TracingChannel` `containerd-images:call` see it. All events of an RPC have the same
 * object; its values are set as the RPC proceeds.
 *
 * Most are RPCs of the Images service. A watch and `diagnose` also make a `version`, and `diagnose` a `namespaces`.
 *
 * @example
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 * import type { CallTrace } from "containerd-images";
 *
 * subscribe("tracing:containerd-images:call:asyncEnd", (message) => {
 *   const { method, imageName, attempts, code, outcome, durationMs } = message as CallTrace;
 *   console.log(method, imageName, attempts, code, outcome, durationMs);
 * });
 * ```
 */
export interface CallTrace {
  /** RPC in lower case: `get`, `list`, `create`, `update`, `delete`, `version` or `namespaces`. */
  readonly method: string;
  /** Full name of the RPC, as OpenTelemetry's `rpc.method`: `containerd.services.images.v1.Images/Create`. */
  readonly rpcMethod: string;
  /**
   * Address of the daemon, as the option `address` takes it; `dialed` if it was given `dial`, `undefined` if a
   * `transport`.
   */
  readonly address: string | undefined;
  readonly namespace: string;
  readonly imageName: string | undefined;
  /**
   * How many requests of this RPC were handed to a connection so far; a `get` within another call is none of them. 0 if
   * none was.
   */
  readonly attempts: number;
  /** How the RPC ended; `undefined` before it has ended, and if `onRetry` has thrown. */
  readonly code: ErrorCode | "ok" | undefined;
  /** Whether the change was made; always `not-applied` for reads. `undefined` where `code` is. */
  readonly outcome: Outcome | undefined;
  /** How long the RPC took, with all attempts and the waits between them; `undefined` before it has ended. */
  readonly durationMs: number | undefined;
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
  /**
   * RPC in lower case. A `get` within another call finds something out: after a lost response, whether the request was
   * applied; before an update, until the client has read or created a record, whether the server is one of 2017; and
   * after `not_found` under a lease, whether the lease or the record is missing.
   */
  readonly method: string;
  /** Full name of the RPC, for example `containerd.services.images.v1.Images/Get`. */
  readonly rpcMethod: string;
  /**
   * Address of the daemon, as the option `address` takes it; `dialed` if it was given `dial`, `undefined` if a
   * `transport`.
   */
  readonly address: string | undefined;
  readonly namespace: string;
  readonly imageName: string | undefined;
  /** 1 for the first request of this method within the call. */
  readonly attempt: number;
  /** How the request ended; `undefined` before it has ended. */
  readonly code: ErrorCode | "ok" | undefined;
  /** What of the request reached the server; `undefined` before it has ended. */
  readonly evidence: Evidence | undefined;
  /**
   * How long the request took, with the waits for a free place and for a connection; `undefined` before it has ended.
   */
  readonly durationMs: number | undefined;
}

/** A trace whose values the interceptors can set; subscribers can only read them. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export const callChannel = tracingChannel<object, Writable<CallTrace>>("containerd-images:call");
export const attemptChannel = tracingChannel<object, Writable<AttemptTrace>>("containerd-images:attempt");

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** Whether there are subscribers; without them no traces are made. */
export function isTracing(): boolean {
  return hasSubscribers(callChannel) || hasSubscribers(attemptChannel);
}

// In Bun, only the channels of the single events have this property.
function hasSubscribers(channel: typeof callChannel | typeof attemptChannel): boolean {
  return channel.hasSubscribers ?? EVENTS.some((event) => channel[event].hasSubscribers);
}
