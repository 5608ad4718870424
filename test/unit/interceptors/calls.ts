import { Call, type CallDetails } from "../../../src/rpc/call.js";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "../../../src/rpc/retry-policy.js";
import type { Clock } from "../../../src/util/clock.js";

/**
 * A call in the namespace `default`, with a deadline of ten seconds and the default retries, unless the options differ.
 */
export function callOn(
  clock: Clock,
  details: Partial<Omit<CallDetails, "retry">> & { readonly retry?: Partial<RetryPolicy> } = {},
): Call {
  const { retry, ...rest } = details;
  return new Call(
    {
      method: "test",
      headers: { "containerd-namespace": "default" },
      timeoutMs: 10_000,
      signal: undefined,
      ...rest,
      retry: { ...DEFAULT_RETRY_POLICY, ...retry },
    },
    clock,
  );
}
