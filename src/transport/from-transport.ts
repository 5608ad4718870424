import { type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import type { Call } from "../rpc/call.js";
import { type Cancellation, canceledFailure } from "../rpc/deadline.js";
import { type Evidence, RpcFailure } from "../rpc/failure.js";
import type { Channel, Invoker } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import { ExcessiveMessage, MalformedMessage, type ResponseDecoder } from "../rpc/response-decoder.js";
import { codeName } from "./code.js";
import { generatedMethods } from "./generated.js";

/**
 * A wire over any Connect transport.
 *
 * Such a transport tells less than our own engine: whether a failed request was sent is known only where it reports
 * the operating system's error or an answer's headers, so more failures count as `no-answer`. It offers no way to stay
 * on one connection, so nothing learnt about the server is kept, and it is never closed: it belongs to the caller.
 */
export function fromTransport(transport: Transport): Channel {
  const wire: Invoker = { unary: (request, call, decoder) => send(transport, request, call, decoder) };
  return {
    ...wire,
    pinned: (_call, use) => use(wire, {}),
    serverChangeSince: async () => "unknown",
    outageCount: () => 0,
    destroy: () => {},
  };
}

async function send<T>(transport: Transport, request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
  if (call.deadline.cancellation !== undefined) throw canceledFailure(call.deadline.cancellation, "never-sent");
  const abort = new AbortController();
  // A transport may be deaf to its signal; the caller's deadline holds all the same.
  const ended = new Promise<never>((_resolve, reject) => {
    call.deadline.onCancel((ending: Cancellation) => {
      abort.abort();
      reject(canceledFailure(ending, "no-answer"));
    });
  });
  const description = generatedMethods[request.method.name];
  try {
    const message = fromBinary(description.input, request.bytes);
    const answer = transport.unary(
      description,
      abort.signal,
      Math.ceil(call.deadline.timeLeftMs()),
      call.headers,
      message,
    );
    const { header, trailer, message: output } = await Promise.race([answer, ended]);
    call.onMetadata?.([...header], [...trailer]);
    return decode(decoder, description.output, output);
  } catch (error) {
    throw error instanceof RpcFailure ? error : transportFailure(error);
  } finally {
    call.deadline.onCancel(undefined);
  }
}

function decode<T>(decoder: ResponseDecoder<T>, output: DescMessage, message: Message): T {
  try {
    return decoder.whole(toBinary(output, message));
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const code = error instanceof ExcessiveMessage ? "resource_exhausted" : "internal";
    throw new RpcFailure(error.message, { code, evidence: "answered", kind: "malformed", cause: error });
  }
}

/** What a transport's error says. */
export function transportFailure(thrown: unknown): RpcFailure {
  const error = ConnectError.from(thrown);
  const code = codeName(error.code);
  const { evidence, kind } = judge(error);
  // Our own signal is accounted for: what is left of "canceled" is a peer that went away.
  const isBroken = kind === "broken" && evidence !== "answered";
  return new RpcFailure(error.rawMessage, { code: isBroken ? "unavailable" : code, evidence, kind, cause: thrown });
}

/** Errors of `connect(2)` and of name resolution: the request cannot have been sent. */
const CONNECT_ERRORS = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "EAGAIN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const HOPELESS_ERRORS = new Set(["EACCES", "EPERM", "ENOTDIR", "ELOOP", "ENOTSOCK", "EINVAL"]);

function judge(error: ConnectError): { readonly evidence: Evidence; readonly kind: RpcFailure["kind"] } {
  const errno = errnoOf(error);
  if (errno !== undefined && HOPELESS_ERRORS.has(errno)) return { evidence: "never-sent", kind: "misconfigured" };
  if (errno !== undefined && CONNECT_ERRORS.has(errno)) return { evidence: "never-sent", kind: "broken" };
  if (errno !== undefined) return { evidence: "no-answer", kind: "broken" };
  if (isLocalOrLost(error)) return { evidence: "no-answer", kind: "broken" };
  return { evidence: "answered", kind: "status" };
}

// Codes that a transport also makes up itself when a stream dies; an answer's headers show that it did not.
function isLocalOrLost(error: ConnectError): boolean {
  const code = codeName(error.code);
  const isAmbiguous = code === "canceled" || code === "aborted" || code === "internal";
  return isAmbiguous && !error.metadata.has("content-type") && !error.metadata.has("grpc-status");
}

function errnoOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("syscall" in cause && "code" in cause && typeof cause.code === "string") return cause.code;
  }
  return undefined;
}
