import type { OutgoingHttpHeaders } from "node:http2";
import type { Call } from "../../rpc/call.js";
import type { Method } from "../../rpc/method.js";

/** What this client calls itself; a test keeps the version equal to the package's. */
export const USER_AGENT = "containerd-images/0.1.0";

const COMMON_HEADERS = {
  ":method": "POST",
  "content-type": "application/grpc",
  te: "trailers",
  "user-agent": USER_AGENT,
} as const;

/** The headers of a gRPC request, with the time that the call has left. */
export function requestHeaders({ path }: Pick<Method, "path">, { headers, deadline }: Call): OutgoingHttpHeaders {
  return { ...COMMON_HEADERS, ":path": path, "grpc-timeout": grpcTimeout(deadline.timeLeftMs()), ...headers };
}

/** The headers of a gRPC request without a deadline. */
export function streamHeaders(path: string, headers: Call["headers"]): OutgoingHttpHeaders {
  return { ...COMMON_HEADERS, ":path": path, ...headers };
}

const MAX_VALUE = 99_999_999;

/** A time in gRPC's own notation: at most eight digits and a unit, never less than what is left. */
export function grpcTimeout(timeLeftMs: number): string {
  const ms = Math.max(1, Math.ceil(timeLeftMs));
  if (ms <= MAX_VALUE) return `${ms}m`;
  const seconds = Math.ceil(ms / 1_000);
  if (seconds <= MAX_VALUE) return `${seconds}S`;
  return `${Math.min(MAX_VALUE, Math.ceil(seconds / 3_600))}H`;
}
