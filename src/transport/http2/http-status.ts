import type { ErrorCode } from "../../errors.js";
import { malformedFailure, RpcFailure } from "../../rpc/failure.js";
import { unsure } from "../../rpc/hint.js";
import { retryAfterMs } from "./retry-after.js";
import type { ResponseHeaders } from "./status.js";

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
}

// The codes are those of gRPC's http-grpc-status-mapping; such a response never comes from containerd itself.
const MEANINGS: Readonly<Record<number, Meaning>> = {
  400: {
    code: "internal",
    hint: unsure("the proxy refuses the request; nginx does so when a client certificate is missing or refused"),
  },
  401: { code: "unauthenticated", hint: unsure("the proxy wants credentials: pass them in the headers of the call") },
  403: { code: "permission_denied", hint: unsure("the proxy forbids the request") },
  404: { code: "unimplemented", hint: unsure("the peer does not pass on this path: is it a proxy for containerd?") },
  408: { code: "unknown", hint: unsure("the proxy has stopped waiting, and may have passed the request on before") },
  413: { code: "unknown", hint: unsure("the proxy allows no request of this size; nginx: client_max_body_size") },
  429: { code: "unavailable", hint: unsure("the proxy wants fewer requests") },
  502: { code: "unavailable", hint: unsure("the proxy cannot reach containerd: is it running?") },
  503: {
    code: "unavailable",
    hint: unsure("the proxy has no containerd at the moment to which it could pass the request"),
  },
  504: { code: "unavailable", hint: unsure("the proxy got no answer from containerd in time") },
};

/** The failure for a response that is not gRPC, by its headers; `undefined` for gRPC. */
export function notGrpcFailure(headers: ResponseHeaders): RpcFailure | undefined {
  const status = Number(headers[":status"]);
  if (status !== 200) return httpFailure(status, retryAfterMs(headers));
  const contentType = headers["content-type"];
  const isGrpc = typeof contentType === "string" && /^application\/grpc([+;]|$)/.test(contentType);
  return isGrpc ? undefined : contentTypeFailure(contentType);
}

const NOT_GRPC_HINT = unsure("the peer is not a gRPC server");

/**
 * The failure for a response that is plain HTTP: from a proxy, or from a peer that is not a gRPC server. A 4xx status
 * except 408 and 429 says that the request was not passed on; after any other status, that is not known. `pushback` is
 * how many milliseconds the peer asks to wait.
 */
export function httpFailure(status: number, pushback?: number): RpcFailure {
  const { code, hint } = MEANINGS[status] ?? { code: "unknown", hint: NOT_GRPC_HINT };
  return new RpcFailure(`HTTP status ${status} instead of a gRPC answer`, {
    code,
    hint,
    kind: isRejection(status) ? "misconfigured" : "status",
    evidence: "answered",
    pushback,
  });
}

function isRejection(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** The failure for a response with another content type than gRPC's. */
export function contentTypeFailure(contentType: unknown): RpcFailure {
  const message = `not a gRPC answer: its content type is ${JSON.stringify(contentType)}`;
  return malformedFailure(message, { hint: NOT_GRPC_HINT });
}
