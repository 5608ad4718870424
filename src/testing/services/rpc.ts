import type { DescMessage, DescMethodServerStreaming, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { Call, CallScope, MethodName } from "../calls.js";
import type { Profile } from "../profile.js";
import { decodeRequest } from "./decode.js";
import { encodeAnswer } from "./encode.js";

/** What a handler knows of a call beside its request. */
export interface CallContext extends CallScope {
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
  /** What `grpc-timeout` leaves; undefined where the caller set no deadline. */
  readonly timeoutMs: number | undefined;
}

/** A call whose request has been read. */
export interface AcceptedCall {
  readonly call: Call;
  /** Does the work, and gives the messages of the answer: one, unless it is a stream. */
  answer(): AsyncIterable<Uint8Array>;
}

/** A method, from the bytes of a request to those of its answers. */
export interface Rpc {
  readonly path: string;
  accept(request: Uint8Array, context: CallContext, profile: Profile): AcceptedCall;
}

/** A method with one answer. */
export function unary<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodUnary<I, O>,
  handle: (request: MessageShape<I>, context: CallContext) => MessageShape<O> | Promise<MessageShape<O>>,
): Rpc {
  return rpc(name, method, async function* (request, context) {
    yield await handle(request, context);
  });
}

/** A method with any number of answers. */
export function serverStream<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodServerStreaming<I, O>,
  handle: (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageShape<O>>,
): Rpc {
  return rpc(name, method, handle);
}

function rpc<I extends DescMessage, O extends DescMessage>(
  name: MethodName,
  method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
  handle: (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageShape<O>>,
): Rpc {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    accept: (bytes, context, profile) => {
      const request = decodeRequest(method.input, bytes, profile);
      const { namespace, lease } = context;
      return {
        // `name` and the request's type belong together, which the table of services sees to and the compiler cannot.
        call: { method: name, namespace, lease, request } as unknown as Call,
        answer: () => encodeAll(method.output, handle(request, context), profile),
      };
    },
  };
}

async function* encodeAll<O extends DescMessage>(
  desc: O,
  messages: AsyncIterable<MessageShape<O>>,
  profile: Profile,
): AsyncGenerator<Uint8Array> {
  for await (const message of messages) yield encodeAnswer(desc, message, profile);
}
