import { lastField } from "./scan.js";
import { bytesField } from "./writer.js";

/** A request to subscribe to events that any of the filters matches. */
export function encodeSubscribe(filters: readonly string[]): Uint8Array {
  return Buffer.concat(filters.map((filter) => bytesField(1, Buffer.from(filter))));
}

/**
 * The image that an event's envelope is about, if it names one.
 *
 * The envelope's fourth field is an `Any`, whose second one is the event itself; those of create, update and delete all
 * begin with the name. Throws `MalformedMessage` for bytes that are no message.
 */
export function eventImageName(envelope: Uint8Array): string | undefined {
  const any = lastField(envelope, 4);
  const event = any && lastField(any, 2);
  return (event && lastField(event, 1)?.toString()) || undefined;
}
