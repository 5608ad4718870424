import type { Image } from "../image.js";
import { LabelsDraft } from "./labels-draft.js";
import type { Reader } from "./reader.js";

const MAX_DATE_MS = 8.64e15;

interface DescriptorDraft {
  mediaType: string;
  digest: string;
  size: number;
  readonly annotations: LabelsDraft;
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
  readonly #labels = new LabelsDraft();
  readonly #target: DescriptorDraft = { mediaType: "", digest: "", size: 0, annotations: new LabelsDraft() };
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
    const { mediaType, digest, size, annotations } = this.#target;
    return {
      name: this.#name,
      labels: this.#labels.finished(),
      target: { mediaType, digest, size, annotations: annotations.finished() },
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

function readEntry(reader: Reader, labels: LabelsDraft): void {
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
  labels.add(key, value);
}

// The nearest Date: servers store and return instants that a Date cannot hold.
function toDate({ seconds, nanos }: Timestamp): Date {
  const ms = seconds * 1_000 + Math.floor(nanos / 1e6);
  return new Date(Math.min(MAX_DATE_MS, Math.max(-MAX_DATE_MS, ms)));
}
