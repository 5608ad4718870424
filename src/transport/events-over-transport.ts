import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { Events, SubscribeRequestSchema } from "../../gen/containerd/services/events/v1/events_pb.js";
import { EnvelopeSchema } from "../../gen/containerd/types/event_pb.js";
import { type EventStreamOptions, type EventStreams, streamEndedFailure } from "../rpc/event-streams.js";
import { fromTransport, transportFailure } from "./from-transport.js";

/** Streams of events over any Connect transport. The small calls of a stream may use another connection. */
export function eventsOverTransport(transport: Transport): EventStreams {
  const { unary } = fromTransport(transport);
  return {
    open: async (request, options) => {
      const ended = subscribe(transport, request, options);
      // If nobody waits for the end of the stream, it must not become an unhandled rejection.
      ended.catch(() => {});
      return { ended, unary };
    },
  };
}

async function subscribe(
  transport: Transport,
  request: Uint8Array,
  { headers, signal, received }: EventStreamOptions,
): Promise<never> {
  const input = once(fromBinary(SubscribeRequestSchema, request));
  try {
    const { message } = await transport.stream(Events.method.subscribe, signal, undefined, headers, input);
    for await (const event of message) received(toBinary(EnvelopeSchema, event));
  } catch (error) {
    throw transportFailure(error);
  }
  throw streamEndedFailure();
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
