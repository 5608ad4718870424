import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { GetImageResponseSchema, type ImageSchema } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { VersionResponseSchema } from "../../../gen/containerd/services/version/v1/version_pb.js";
import type { ErrorCode } from "../../../src/errors.js";
import type { Evidence } from "../../../src/options.js";
import type { Call } from "../../../src/rpc/call.js";
import { canceledFailure } from "../../../src/rpc/deadline.js";
import { type FailureKind, RpcFailure } from "../../../src/rpc/failure.js";
import type { Channel, Invoker, ServerChange } from "../../../src/rpc/invoker.js";
import type { Request } from "../../../src/rpc/request.js";
import { MalformedMessage, type ResponseDecoder } from "../../../src/rpc/response-decoder.js";

/** A request that the channel was given to send. */
export interface Sent {
  readonly request: Request;
  readonly call: Call;
  /** The connection to which it was pinned. */
  readonly connection: object | undefined;
}

/** What the channel returns: bytes, a failure, or nothing at all. */
export type Answer = Uint8Array | RpcFailure | Promise<Uint8Array | RpcFailure>;

/** A server whose clock cannot be read. */
export async function* unreadableClock(): AsyncGenerator<void> {}

/**
 * A channel that responds as a script says. Like a real channel, it rejects a request as soon as its call is canceled.
 */
export class ScriptedChannel implements Channel {
  readonly sent: Sent[] = [];
  readonly #script: (sent: Sent) => Answer;
  /** The server that responds after a connection is lost. */
  answerer: ServerChange = "unknown";
  /** The connection of `pinned`. */
  connection: object = {};

  constructor(script: (sent: Sent) => Answer) {
    this.#script = script;
  }

  /** Names of the methods of all requests, in order. */
  get methods(): string {
    return this.sent.map(({ request }) => request.method.name).join(" ");
  }

  unary<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
    return this.#send({ request, call, connection: undefined }, decoder);
  }

  async pinned<T>(_call: Call, use: (invoker: Invoker, connection: object) => Promise<T>): Promise<T> {
    const { connection } = this;
    const invoker: Invoker = {
      unary: (request, call, decoder) => this.#send({ request, call, connection }, decoder),
    };
    return use(invoker, connection);
  }

  async serverChangeSince(): Promise<ServerChange> {
    return this.answerer;
  }

  outageCount(): number {
    return 0;
  }

  destroy(): void {}

  async #send<T>(sent: Sent, decoder: ResponseDecoder<T>): Promise<T> {
    const { call } = sent;
    if (call.deadline.cancellation !== undefined) throw canceledFailure(call.deadline.cancellation, "never-sent");
    this.sent.push(sent);
    const ended = new Promise<never>((_resolve, reject) => {
      call.deadline.onCancel({ canceled: (cancellation) => reject(canceledFailure(cancellation, "no-answer")) });
    });
    try {
      const response = await Promise.race([this.#script(sent), ended]);
      if (response instanceof RpcFailure) throw response;
      return decoded(decoder, response);
    } finally {
      call.deadline.onCancel(undefined);
    }
  }
}

function decoded<T>(decoder: ResponseDecoder<T>, bytes: Uint8Array): T {
  try {
    return decoder.whole(bytes);
  } catch (cause) {
    if (!(cause instanceof MalformedMessage)) throw cause;
    throw failed("malformed", "internal", "answered", { cause });
  }
}

/** Bytes that never come. */
export const never = new Promise<never>(() => {});

/** A failure of this kind. */
export function failed(
  kind: FailureKind,
  code: ErrorCode,
  evidence: Evidence,
  more: { readonly pushback?: number | "stop"; readonly cause?: unknown } = {},
): RpcFailure {
  return new RpcFailure(`${kind} ${code}`, { kind, code, evidence, ...more });
}

/** A status from the server. */
export function status(code: ErrorCode, pushback?: number | "stop"): RpcFailure {
  return failed("status", code, "answered", pushback === undefined ? {} : { pushback });
}

/** A connection that was lost with the request on it. */
export function lost(): RpcFailure {
  return failed("broken", "unavailable", "no-answer");
}

/** The response of Get, Create and Update. */
export function imageAnswerBytes(image: MessageInitShape<typeof ImageSchema>): Uint8Array {
  return toBinary(GetImageResponseSchema, create(GetImageResponseSchema, { image }));
}

/** The response of Version. */
export function versionAnswerBytes(version: string): Uint8Array {
  return toBinary(VersionResponseSchema, create(VersionResponseSchema, { version }));
}
