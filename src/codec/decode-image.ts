import type { Descriptor, Image, Labels } from "../image.js";
import { BYTES, type Reader, VARINT } from "./reader.js";

const MAX_DATE_MS = 8.64e15;

interface MutableDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations: Labels;
}

/** Reads an `Image` message; absent fields get protobuf's defaults, absent timestamps the epoch. */
export function decodeImage(reader: Reader): Image {
  let name = "";
  const createdAt: Timestamp = { seconds: 0, nanos: 0 };
  const updatedAt: Timestamp = { seconds: 0, nanos: 0 };
  const labels: Record<string, string> = {};
  const target: MutableDescriptor = { mediaType: "", digest: "", size: 0, annotations: {} };
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 1 * 8 + BYTES:
        name = reader.string();
        break;
      case 2 * 8 + BYTES:
        decodeEntry(reader.message(), labels);
        break;
      case 3 * 8 + BYTES:
        decodeDescriptor(reader.message(), target);
        break;
      case 7 * 8 + BYTES:
        decodeTimestamp(reader.message(), createdAt);
        break;
      case 8 * 8 + BYTES:
        decodeTimestamp(reader.message(), updatedAt);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { name, labels, target, createdAt: toDate(createdAt), updatedAt: toDate(updatedAt) };
}

// A submessage that comes in parts merges, so this fills a descriptor instead of making one.
function decodeDescriptor(reader: Reader, target: MutableDescriptor): void {
  const annotations: Record<string, string> = { ...target.annotations };
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 1 * 8 + BYTES:
        target.mediaType = reader.string();
        break;
      case 2 * 8 + BYTES:
        target.digest = reader.string();
        break;
      case 3 * 8 + VARINT:
        target.size = reader.int64();
        break;
      case 5 * 8 + BYTES:
        decodeEntry(reader.message(), annotations);
        break;
      default:
        reader.skip(tag);
    }
  }
  target.annotations = annotations;
}

function decodeEntry(reader: Reader, map: Record<string, string>): void {
  let key = "";
  let value = "";
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 1 * 8 + BYTES) key = reader.string();
    else if (tag === 2 * 8 + BYTES) value = reader.string();
    else reader.skip(tag);
  }
  setOwn(map, key, value);
}

/** Sets an own property, whatever its name: a plain assignment to `__proto__` would be lost. */
export function setOwn<V>(map: Record<string, V>, key: string, value: V): void {
  if (key === "__proto__")
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}

interface Timestamp {
  seconds: number;
  nanos: number;
}

// Like every submessage, one that comes in parts merges.
function decodeTimestamp(reader: Reader, timestamp: Timestamp): void {
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 1 * 8 + VARINT) timestamp.seconds = reader.int64();
    else if (tag === 2 * 8 + VARINT) timestamp.nanos = reader.int32();
    else reader.skip(tag);
  }
}

// The nearest Date: servers store and return instants that a Date cannot hold.
function toDate({ seconds, nanos }: Timestamp): Date {
  const ms = seconds * 1_000 + Math.floor(nanos / 1e6);
  return new Date(Math.min(MAX_DATE_MS, Math.max(-MAX_DATE_MS, ms)));
}

/** Whether a descriptor says nothing at all, as the 2017 server's answer to an update does. */
export function isEmptyDescriptor(target: Descriptor): boolean {
  return target.digest === "" && target.mediaType === "" && target.size === 0;
}
