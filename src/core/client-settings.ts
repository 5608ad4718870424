import { isSyncDelete } from "../codec/peek.js";
import type { RetryOptions } from "../options.js";
import { LIST, type Method } from "../rpc/method.js";
import { defaultRetryPolicy, type RetryPolicy } from "../rpc/retry-policy.js";

const TIMEOUT_MS = 10_000;
const LONG_TIMEOUT_MS = 60_000;

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

/** The deadline of a request that names none: what its client says, or longer where the server works longer. */
export function defaultTimeoutMs(scope: ClientSettings, method: Method, request: Uint8Array): number {
  return scope.timeoutMs ?? (method === LIST || isSyncDelete(method, request) ? LONG_TIMEOUT_MS : TIMEOUT_MS);
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
