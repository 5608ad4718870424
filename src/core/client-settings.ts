import { LONG_TIMEOUT_MS, TIMEOUT_MS } from "../defaults.js";
import type { ImagesClientOptions, RetryOptions } from "../options.js";
import type { Request } from "../rpc/request.js";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "../rpc/retry-policy.js";

/** The settings in which a derived client can differ. */
export interface ClientSettings {
  readonly namespace: string;
  readonly lease: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly retry: RetryPolicy;
  /** Which names the records that it makes may have; any, if it is absent. */
  readonly names?: ImagesClientOptions["names"];
}

/** The metadata that every request of a client carries. */
export function metadataOf({ namespace, lease }: ClientSettings): Readonly<Record<string, string>> {
  const named = { "containerd-namespace": namespace };
  return lease === undefined ? named : { ...named, "containerd-lease": lease };
}

/** The deadline of a call that names none: the client's, or else the default; `hasLong`: with a long request. */
export function defaultTimeoutMs({ timeoutMs }: ClientSettings, hasLong = false): number {
  return timeoutMs ?? (hasLong ? LONG_TIMEOUT_MS : TIMEOUT_MS);
}

/** Whether the request may take the server long. */
export function isLong({ method, kind }: Request): boolean {
  return method.name === "list" || kind === "sync-delete";
}

/** The policy `base` with these options; `false` leaves one attempt. */
export function retryPolicy(options: RetryOptions | false | undefined, base = DEFAULT_RETRY_POLICY): RetryPolicy {
  if (options === undefined) return base;
  if (options === false) return { ...base, maxAttempts: 1 };
  return {
    maxAttempts: options.maxAttempts ?? base.maxAttempts,
    baseDelayMs: options.baseDelayMs ?? base.baseDelayMs,
    maxDelayMs: options.maxDelayMs ?? base.maxDelayMs,
    onRetry: options.onRetry ?? base.onRetry,
  } satisfies Record<keyof RetryOptions, unknown>;
}
