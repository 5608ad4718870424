import { LONG_TIMEOUT_MS, TIMEOUT_MS } from "../defaults.js";
import type { ImagesClientOptions, RetryOptions } from "../options.js";
import type { Method } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { defaultRetryPolicy, type RetryPolicy } from "../rpc/retry-policy.js";

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

/** The default deadline of each RPC. */
const DEFAULT_TIMEOUTS_MS: Readonly<Record<Method["name"], number>> = {
  get: TIMEOUT_MS,
  list: LONG_TIMEOUT_MS,
  create: TIMEOUT_MS,
  update: TIMEOUT_MS,
  delete: TIMEOUT_MS,
  version: TIMEOUT_MS,
  namespaces: TIMEOUT_MS,
  server: TIMEOUT_MS,
  publish: TIMEOUT_MS,
};

/**
 * The deadline of a call that names none: the client's, or else the default of its request. A call that sends several
 * short requests passes no request.
 */
export function defaultTimeoutMs({ timeoutMs }: ClientSettings, request?: Request): number {
  if (timeoutMs !== undefined) return timeoutMs;
  if (request === undefined) return TIMEOUT_MS;
  return request.isSync ? LONG_TIMEOUT_MS : DEFAULT_TIMEOUTS_MS[request.method.name];
}

/** The policy `base` with these options; `false` leaves one attempt. */
export function retryPolicy(options: RetryOptions | false | undefined, base = defaultRetryPolicy): RetryPolicy {
  if (options === undefined) return base;
  if (options === false) return { ...base, maxAttempts: 1 };
  return {
    maxAttempts: options.maxAttempts ?? base.maxAttempts,
    baseDelayMs: options.baseDelayMs ?? base.baseDelayMs,
    maxDelayMs: options.maxDelayMs ?? base.maxDelayMs,
    onRetry: options.onRetry ?? base.onRetry,
  } satisfies Record<keyof RetryOptions, unknown>;
}
