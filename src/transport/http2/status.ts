import { malformedFailure, RpcFailure } from "../../rpc/failure.js";
import { unsure } from "../../rpc/hint.js";
import { codeName } from "../../rpc/status-codes.js";

/** Headers or trailers as node:http2 gives them. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | number | undefined>>;

/**
 * The failure that the server reports; `undefined` for success. `grpc-status` alone decides:
 * `grpc-status-details-bin` may say something else, and is not read.
 */
export function statusFailure(headers: ResponseHeaders): RpcFailure | undefined {
  const status = headers["grpc-status"];
  if (status === "0") return undefined;
  if (status === undefined) return cutOffFailure();
  if (typeof status !== "string" || !/^[1-9]\d{0,9}$/.test(status))
    return malformedFailure(`malformed answer: grpc-status is ${JSON.stringify(status)}, not a number`);
  const code = codeName(Number(status));
  return new RpcFailure(message(headers["grpc-message"]) || `the server answered ${code} without a message`, {
    code,
    kind: "status",
    evidence: "answered",
    pushback: pushbackOf(headers),
  });
}

const CUT_OFF_HINT = unsure("a proxy may drop the trailers, in which gRPC sends the status: it has to pass them on");

// A proxy that drops trailers causes this. As without any response, it is not known whether the request was applied.
function cutOffFailure(): RpcFailure {
  return new RpcFailure("the answer ended without a status", {
    code: "unavailable",
    kind: "broken",
    evidence: "no-answer",
    hint: CUT_OFF_HINT,
  });
}

// An invalid escape sequence is kept as it is, so that an unreadable message does not hide the status. Some servers
// escape nothing.
function message(encoded: unknown): string {
  if (typeof encoded !== "string") return "";
  const bytes = encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/**
 * How many milliseconds the server asks to wait before a retry. Any value except a whole number means "do not retry"
 * (gRFC A6).
 */
export function pushbackOf({ "grpc-retry-pushback-ms": value }: ResponseHeaders): number | "stop" | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : "stop";
}
