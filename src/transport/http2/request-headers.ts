import type { OutgoingHttpHeaders } from "node:http2";
import type { Call } from "../../rpc/call.js";
import type { Method } from "../../rpc/method.js";

/** The name of this client in requests. A test compares the version with that of the package. */
export const USER_AGENT = "containerd-images/0.1.0";

/** The headers of a gRPC request, with these metadata and the time until its deadline. */
export function requestHeaders(
  { path }: Pick<Method, "path">,
  metadata: Call["headers"],
  timeLeftMs: number,
): OutgoingHttpHeaders {
  // One literal: adding to a copy of the constant headers takes V8 2 µs more.
  return {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": USER_AGENT,
    "grpc-timeout": grpcTimeout(timeLeftMs),
    ...metadata,
  };
}

/** The headers of a gRPC request without a deadline. */
export function streamHeaders(method: Pick<Method, "path">, metadata: Call["headers"]): OutgoingHttpHeaders {
  const { "grpc-timeout": _, ...headers } = requestHeaders(method, metadata, 0);
  return headers;
}

const MAX_VALUE = 99_999_999;

/** A time in the notation of gRPC: at most eight digits and a unit. It is rounded up, never down. */
export function grpcTimeout(timeLeftMs: number): string {
  const ms = Math.max(1, Math.ceil(timeLeftMs));
  if (ms <= MAX_VALUE) return `${ms}m`;
  const seconds = Math.ceil(ms / 1_000);
  if (seconds <= MAX_VALUE) return `${seconds}S`;
  return `${Math.min(MAX_VALUE, Math.ceil(seconds / 3_600))}H`;
}
