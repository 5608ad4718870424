import type { Image } from "../image.js";
import type { Reader } from "./reader.js";

const MAX_DATE_MS = 8.64e15;

interface DescriptorDraft {
  mediaType: string;
  digest: string;
  size: number;
  readonly annotations: Record<string, string>;
}

interface Timestamp {
  seconds: number;
  nanos: number;
}

/**
 * An image in the course of being read: protobuf's defaults, and the epoch for timestamps, until something else comes.
 *
 * A message may come in parts, which merge; that is why reading fills an object here, and does not make one.
 */
export class ImageDraft {
  #name = "";
  readonly #labels: Record<string, string> = {};
  readonly #target: DescriptorDraft = { mediaType: "", digest: "", size: 0, annotations: {} };
  readonly #createdAt: Timestamp = { seconds: 0, nanos: 0 };
  readonly #updatedAt: Timestamp = { seconds: 0, nanos: 0 };

  /** Reads an `Image`, or a part of one. */
  read(reader: Reader): void {
    const end = reader.enter();
    while (reader.position < end) {
      const tag = reader.tag();
      const field = tag >>> 3;
      if (field === 1) this.#name = reader.string();
      else if (field === 2) readEntry(reader, this.#labels);
      else if (field === 3) readDescriptor(reader, this.#target);
      else if (field === 7) readTimestamp(reader, this.#createdAt);
      else if (field === 8) readTimestamp(reader, this.#updatedAt);
      else reader.skip(tag);
    }
    reader.leave(end);
  }

  /** The image, once all of it has been read. */
  finished(): Image {
    return {
      name: this.#name,
      labels: this.#labels,
      target: this.#target,
      createdAt: toDate(this.#createdAt),
      updatedAt: toDate(this.#updatedAt),
    };
  }
}

function readDescriptor(reader: Reader, target: DescriptorDraft): void {
  const end = reader.enter();
  while (reader.position < end) {
    const tag = reader.tag();
    const field = tag >>> 3;
    if (field === 1) target.mediaType = reader.recurringString();
    else if (field === 2) target.digest = reader.string();
    else if (field === 3) target.size = reader.int64();
    else if (field === 5) readEntry(reader, target.annotations);
    else reader.skip(tag);
  }
  reader.leave(end);
}

function readTimestamp(reader: Reader, timestamp: Timestamp): void {
  const end = reader.enter();
  while (reader.position < end) {
    const tag = reader.tag();
    const field = tag >>> 3;
    if (field === 1) timestamp.seconds = reader.int64();
    else if (field === 2) timestamp.nanos = reader.int32();
    else reader.skip(tag);
  }
  reader.leave(end);
}

function readEntry(reader: Reader, map: Record<string, string>): void {
  const end = reader.fieldEnd();
  let key = "";
  let value = "";
  while (reader.position < end) {
    const tag = reader.tag();
    const field = tag >>> 3;
    if (field === 1) key = reader.recurringString();
    else if (field === 2) value = reader.string();
    else reader.skip(tag);
  }
  reader.expectAt(end);
  setOwn(map, key, value);
}

/** Sets an own property, whatever its name: a plain assignment to `__proto__` would be lost. */
export function setOwn<V>(map: Record<string, V>, key: string, value: V): void {
  if (key === "__proto__")
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}

// The nearest Date: servers store and return instants that a Date cannot hold.
function toDate({ seconds, nanos }: Timestamp): Date {
  const ms = seconds * 1_000 + Math.floor(nanos / 1e6);
  return new Date(Math.min(MAX_DATE_MS, Math.max(-MAX_DATE_MS, ms)));
}
