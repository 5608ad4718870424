import type { DescMessage, DescMethodServerStreaming, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { nextTurn } from "../../util/next-turn.js";
import type { Call, CallScope, MethodName } from "../calls.js";
import type { Profile } from "../profile.js";
import { decodeRequest } from "./decode.js";
import { encodeResponse } from "./encode.js";

/** What a handler knows about a call in addition to its request. */
export interface CallContext extends CallScope {
  /** Aborted when the caller has closed its connection or stream. */
  readonly signal: AbortSignal;
  /** The time until the deadline in `grpc-timeout`; undefined if the caller set no deadline. */
  readonly timeoutMs: number | undefined;
}

/** A call whose request has been decoded. */
export interface AcceptedCall {
  readonly call: Call;
  /** Processes the call, and yields the messages of the response: one, unless it is a stream. */
  respond(): AsyncIterable<Uint8Array>;
}

/** A method, from the bytes of a request to the bytes of its responses. */
export interface Rpc {
  readonly path: string;
  accept(request: Uint8Array, context: CallContext, profile: Profile): AcceptedCall;
}

/** A method with one response. */
export function unary<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodUnary<I, O>,
  handle: (request: MessageShape<I>, context: CallContext) => MessageShape<O> | Promise<MessageShape<O>>,
): Rpc {
  return serverStream(name, method, async function* (request, context) {
    yield await handle(request, context);
  });
}

/**
 * A method with one response, which is made in parts, because a large one would block the event loop for long. The
 * bytes of several messages, one after the other, are the bytes of one message with all their items.
 */
export function unaryInParts<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodUnary<I, O>,
  handle: (request: MessageShape<I>, context: CallContext) => Iterable<MessageShape<O>>,
): Rpc {
  return rpc(name, method, async function* (request, context, encode) {
    const parts: Uint8Array[] = [];
    for (const part of handle(request, context)) {
      if (parts.length > 0) await nextTurn();
      parts.push(encode(part));
    }
    yield Buffer.concat(parts);
  });
}

/** A method with any number of responses. */
export function serverStream<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodServerStreaming<I, O> | DescMethodUnary<I, O>,
  handle: (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageShape<O>>,
): Rpc {
  return rpc(name, method, async function* (request, context, encode) {
    for await (const message of handle(request, context)) yield encode(message);
  });
}

function rpc<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
  respond: (
    request: MessageShape<I>,
    context: CallContext,
    encode: (message: MessageShape<O>) => Uint8Array,
  ) => AsyncIterable<Uint8Array>,
): Rpc {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    accept: (bytes, context, profile) => {
      const request = decodeRequest(method.input, bytes, profile);
      const { namespace, lease } = context;
      return {
        // `name` and the type of the request belong together. The table of services guarantees it; the compiler cannot
        // check it.
        call: { method: name, namespace, lease, request } as unknown as Call,
        respond: () => respond(request, context, (message) => encodeResponse(method.output, message, profile)),
      };
    },
  };
}
