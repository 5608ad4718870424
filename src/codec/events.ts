import { PUBLISH } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { requestOf } from "./encoded-request.js";
import { ANY, ENVELOPE, IMAGE_EVENT, PUBLISH_REQUEST, SUBSCRIBE_REQUEST } from "./fields.js";
import { lastField } from "./scan.js";
import { msOf, timestampIn } from "./times.js";
import { encoded } from "./writer.js";

/** The server stores no longer name. */
const MAX_NAME_BYTES = 32 << 10;

/** A request to subscribe to events that any of the filters matches. */
export function encodeSubscribe(filters: readonly string[]): Uint8Array {
  return encoded(filters, (request) => request.texts(SUBSCRIBE_REQUEST.filters, filters));
}

/** The topic under which a client publishes events in order to read the server's clock. */
export const CLOCK_TOPIC = "/containerd-images/clock/";

/** A request to publish an event without content. */
export function publishRequest(topic: string): Request {
  const bytes = encoded(topic, (request) => {
    request.string(PUBLISH_REQUEST.topic, topic);
    request.message(PUBLISH_REQUEST.event, "google.protobuf.Empty", (event, type) => event.string(ANY.typeUrl, type));
  });
  return requestOf(PUBLISH, bytes);
}

/** The topic of an event, and when the server published it, in milliseconds since 1970. */
export function eventTopicAndTime(envelope: Uint8Array): { readonly topic?: string; readonly timeMs?: number } {
  const timeNs = timestampIn(envelope, ENVELOPE.timestamp);
  if (timeNs === undefined) return {};
  return { topic: lastField(envelope, ENVELOPE.topic)?.toString() ?? "", timeMs: msOf(timeNs) };
}

/**
 * The image that an event is about; `undefined` if it names none, or if no image can have that name. The envelope holds
 * the event in an `Any`. Throws `MalformedMessage` for bytes that are no message.
 */
export function eventImageName(envelope: Uint8Array): string | undefined {
  const any = lastField(envelope, ENVELOPE.event);
  const event = any && lastField(any, ANY.value);
  const name = event && lastField(event, IMAGE_EVENT.name);
  return name === undefined || name.length === 0 || name.length > MAX_NAME_BYTES ? undefined : name.toString();
}
