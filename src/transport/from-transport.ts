import { type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import type { ErrorCode } from "../errors.js";
import type { Call } from "../rpc/call.js";
import { canceledFailure } from "../rpc/deadline.js";
import { MALFORMED, malformedFailure, RpcFailure, type RpcFailureDetails } from "../rpc/failure.js";
import type { Invoker, PinnableInvoker } from "../rpc/invoker.js";
import { OutdatedRequest } from "../rpc/outdated-request.js";
import type { Request } from "../rpc/request.js";
import { ExcessiveMessage, MalformedMessage, type ResponseDecoder } from "../rpc/response-decoder.js";
import { codeName } from "../rpc/status-codes.js";
import { quoted } from "../util/subject.js";
import { errnoOf, isTlsError } from "./errno.js";
import { GENERATED_METHODS } from "./generated.js";
import { retryAfterMs } from "./http2/retry-after.js";
import { pushbackOf } from "./http2/status.js";
import { readable, type SystemError, systemErrorOf } from "./system-error.js";

/**
 * Sends requests over any Connect transport.
 *
 * Such a transport reports less than our own channel. Whether a failed request was sent is only known if it reports the
 * operating system's error or the headers of a response, so more failures count as `no-answer`. It has no way to stay
 * on one connection, so the version of the server is read again for each request that needs it.
 */
export function fromTransport(transport: Transport): PinnableInvoker {
  const invoker: Invoker = { unary: (request, call, decoder) => send(transport, request, call, decoder) };
  return { ...invoker, pinned: (_call, use) => use(invoker, {}) };
}

/** The transports whose responses were JSON. */
const JSON_TRANSPORTS = new WeakSet<Transport>();

async function send<T>(transport: Transport, request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
  const { deadline, headers } = call;
  if (deadline.cancellation !== undefined) throw canceledFailure(deadline.cancellation, "never-sent");
  if (request.isFresh?.() === false) throw new OutdatedRequest();
  if (JSON_TRANSPORTS.has(transport)) checkMask(request);
  const abort = new AbortController();
  const description = GENERATED_METHODS[request.method.name];
  const respond = async () => {
    const message = fromBinary(description.input, request.bytes);
    return transport.unary(description, abort.signal, Math.ceil(deadline.timeLeftMs()), headers, message);
  };
  try {
    // A transport may ignore its signal.
    const { header, trailer, message: output } = await deadline.within(respond());
    if (header.get("content-type")?.includes("json")) JSON_TRANSPORTS.add(transport);
    call.onMetadata?.([...header], [...trailer]);
    return decode(decoder, description.output, output);
  } catch (error) {
    abort.abort();
    throw error instanceof RpcFailure ? error : transportFailure(error);
  }
}

// In JSON, a mask is one string in camelCase, with commas between its paths. A key with a comma would be two paths, and
// the second may be that of another label. An empty path would be no mask, which replaces the whole record.
function checkMask({ maskPaths }: Request): void {
  const path = maskPaths.find((each) => !/^([^A-Z_,]|_[a-z])+$/.test(each));
  if (path === undefined) return;
  throw new RpcFailure(`a field mask in JSON cannot have the path ${quoted(path)}; nothing was sent`, {
    code: "failed_precondition",
    evidence: "never-sent",
    kind: "unsupported",
    hint: "let the transport send binary messages (useBinaryFormat)",
  });
}

function decode<T>(decoder: ResponseDecoder<T>, output: DescMessage, message: Message): T {
  try {
    return decoder.whole(toBinary(output, message));
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const code = error instanceof ExcessiveMessage ? "resource_exhausted" : "internal";
    throw malformedFailure(error.message, { code, cause: error });
  }
}

/** What an error of a Connect transport says about the request. */
export function transportFailure(thrown: unknown): RpcFailure {
  const cause = readable(thrown);
  const error = ConnectError.from(cause);
  const system = systemErrorOf(error);
  const details = (system && fromSystem(system)) ?? fromConnect(error);
  // Node's error for a host with several addresses has no message, only those in it have.
  const message = error.rawMessage || system?.message || "no message";
  const status = error.metadata.get("grpc-status");
  if (isOdd(status, error)) return malformedFailure(`grpc-status is ${JSON.stringify(status)}: ${message}`, { cause });
  return new RpcFailure(String(message), { ...details, cause });
}

// Connect reads "5, 0" and "5junk" as 5, and takes the code of the details if they have another one.
function isOdd(status: string | null, { code, metadata }: ConnectError): boolean {
  return metadata.has("grpc-status-details-bin") ? status !== String(code) : !/^\d+$/.test(status ?? "0");
}

/** What the underlying system error says about the request; `undefined` if it says nothing. */
function fromSystem(error: SystemError): RpcFailureDetails | undefined {
  const { code, kind, hint, problem, isHandshakeOnly } = errnoOf(error);
  if (isHandshakeOnly || CONNECT_SYSCALLS.has(error.syscall)) {
    // `unreachable` is not retried, because our own channel has already waited for the daemon. A Connect transport does
    // not wait, so this becomes `broken`, which is retried.
    return { code, kind: kind === "unreachable" ? "broken" : kind, hint, problem, evidence: "never-sent" };
  }
  if (isTlsError(error)) return { ...LOST, hint, problem };
  return error.syscall === undefined ? undefined : LOST;
}

/** System calls that come before the first byte of a request. */
const CONNECT_SYSCALLS: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);
const LOST = { code: "unavailable", kind: "broken", evidence: "no-answer" } as const;

// With headers of a response, the code comes from the server or a proxy. A cancellation by the caller is handled
// before, so "canceled" means that the peer has closed the connection.
function fromConnect({ code, metadata }: ConnectError): RpcFailureDetails {
  const name = codeName(code);
  const headers = Object.fromEntries(metadata);
  const isLocal = Object.keys(headers).length === 0;
  const pushback = "grpc-status" in headers ? pushbackOf(headers) : retryAfterMs(headers);
  return { code: name, kind: "status", evidence: "answered", pushback, ...(isLocal && LOCAL_CODES[name]) };
}

/** What the codes mean that transports use when a connection or a stream was lost, or a response is not one message. */
const LOCAL_CODES: Readonly<Partial<Record<ErrorCode, Partial<RpcFailureDetails>>>> = {
  canceled: LOST,
  aborted: LOST,
  internal: LOST,
  unavailable: LOST,
  // It is cut off, or is no JSON.
  invalid_argument: { ...MALFORMED, code: "internal" },
  // No message, or two. It keeps its code, because a router without the service reports the same.
  unimplemented: MALFORMED,
};
