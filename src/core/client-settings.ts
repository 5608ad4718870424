import { LONG_TIMEOUT_MS, TIMEOUT_MS } from "../defaults.js";
import type { RetryOptions } from "../options.js";
import type { Method } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { defaultRetryPolicy, type RetryPolicy } from "../rpc/retry-policy.js";

/** What derived clients differ in. */
export interface ClientSettings {
  readonly namespace: string;
  readonly lease: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly retry: RetryPolicy;
}

/** The metadata that a scope sends along. */
export function metadataOf({ namespace, lease }: ClientSettings): Readonly<Record<string, string>> {
  const named = { "containerd-namespace": namespace };
  return lease === undefined ? named : { ...named, "containerd-lease": lease };
}

/** How long the server may work on a request. */
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
 * The deadline of a call that names none: what its client says, or longer where the server works longer on its request.
 * Without one request it is that of a call which makes several short ones.
 */
export function defaultTimeoutMs({ timeoutMs }: ClientSettings, request?: Request): number {
  if (timeoutMs !== undefined) return timeoutMs;
  if (request === undefined) return TIMEOUT_MS;
  return request.isSync ? LONG_TIMEOUT_MS : DEFAULT_TIMEOUTS_MS[request.method.name];
}

/** Lays retry options over a policy; `false` leaves one attempt. */
export function retryPolicy(options: RetryOptions | false | undefined, base = defaultRetryPolicy): RetryPolicy {
  if (options === undefined) return base;
  if (options === false) return { ...base, maxAttempts: 1 };
  return {
    maxAttempts: options.maxAttempts ?? base.maxAttempts,
    baseDelayMs: options.baseDelayMs ?? base.baseDelayMs,
    maxDelayMs: options.maxDelayMs ?? base.maxDelayMs,
    onRetry: options.onRetry ?? base.onRetry,
  };
}
