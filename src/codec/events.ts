import { PUBLISH } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { requestOf } from "./request.js";
import { lastField } from "./scan.js";
import { timestampIn } from "./times.js";
import { bytesField, stringField } from "./writer.js";

/** The store takes no longer name. */
const MAX_NAME_BYTES = 32 << 10;

/** A request to subscribe to events that any of the filters matches. */
export function encodeSubscribe(filters: readonly string[]): Uint8Array {
  return Buffer.concat(filters.map((filter) => bytesField(1, Buffer.from(filter))));
}

/** Under which a client publishes the events that show it the server's clock. */
export const CLOCK_TOPIC = "/containerd-images/clock/";

/** A request to publish an event that says nothing. */
export function publishRequest(topic: string): Request {
  const event = bytesField(2, stringField(1, "google.protobuf.Empty"));
  return requestOf(PUBLISH, Buffer.concat([stringField(1, topic), event]));
}

/** Under which topic an event came, and when the server has published it, in milliseconds since 1970. */
export function eventTopicAndTime(envelope: Uint8Array): { readonly topic?: string; readonly timeMs?: number } {
  const timeNs = timestampIn(envelope, 1);
  if (timeNs === undefined) return {};
  return { topic: lastField(envelope, 3)?.toString() ?? "", timeMs: Number(timeNs) / 1e6 };
}

/**
 * The image that an event's envelope is about, if it names one.
 *
 * The envelope's fourth field is an `Any`, whose second one is the event itself; those of create, update and delete all
 * begin with the name. One that no image can have is none. Throws `MalformedMessage` for bytes that are no message.
 */
export function eventImageName(envelope: Uint8Array): string | undefined {
  const any = lastField(envelope, 4);
  const event = any && lastField(any, 2);
  const name = event && lastField(event, 1);
  return name === undefined || name.length === 0 || name.length > MAX_NAME_BYTES ? undefined : name.toString();
}
