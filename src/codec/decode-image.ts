import type { Image } from "../image.js";
import { MalformedMessage } from "../rpc/response-decoder.js";
import type { Budget } from "./budget.js";
import type { Draft } from "./draft.js";
import { LabelsDraft } from "./labels-draft.js";
import { BYTES, type Reader, VARINT } from "./reader.js";

const MAX_DATE_MS = 8.64e15;
/** A label or a timestamp has two fields; a peer that repeats them would hold the event loop for nothing. */
const MAX_PAIR_FIELDS = 100;

interface Timestamp {
  seconds: number;
  nanos: number;
}

/**
 * An image in the course of being read: protobuf's defaults, and the epoch for timestamps, until something else comes.
 *
 * A message may come in parts, which merge; that is why reading fills an object here, and does not make one.
 */
export class ImageDraft implements Draft {
  #name = "";
  readonly #labels: LabelsDraft;
  readonly #target: DescriptorDraft;
  readonly #createdAt: Timestamp = { seconds: 0, nanos: 0 };
  readonly #updatedAt: Timestamp = { seconds: 0, nanos: 0 };

  constructor(budget: Budget) {
    budget.record();
    this.#labels = new LabelsDraft(budget);
    this.#target = new DescriptorDraft(budget);
  }

  /** Reads an `Image`, or a part of one. */
  read(reader: Reader): void {
    const end = reader.enter();
    while (reader.position < end) this.readField(reader, reader.tag());
    reader.leave(end);
  }

  wireType(tag: number): number {
    const field = tag >>> 3;
    return field <= 3 || field === 7 || field === 8 ? BYTES : tag & 7;
  }

  readField(reader: Reader, tag: number): void {
    const field = tag >>> 3;
    if (field === 1) this.#name = reader.string();
    else if (field === 2) readEntry(reader, this.#labels);
    else if (field === 3) this.#target.read(reader);
    else if (field === 7) readTimestamp(reader, this.#createdAt);
    else if (field === 8) readTimestamp(reader, this.#updatedAt);
    else reader.skip(tag);
  }

  submessage(field: number): Draft | undefined {
    return field === 3 ? this.#target : undefined;
  }

  /** The image, once all of it has been read. */
  finished(): Image {
    return {
      name: this.#name,
      labels: this.#labels.finished(),
      target: this.#target.finished(),
      createdAt: toDate(this.#createdAt),
      updatedAt: toDate(this.#updatedAt),
    };
  }
}

class DescriptorDraft implements Draft {
  #mediaType = "";
  #digest = "";
  #size = 0;
  readonly #annotations: LabelsDraft;

  constructor(budget: Budget) {
    this.#annotations = new LabelsDraft(budget);
  }

  read(reader: Reader): void {
    const end = reader.enter();
    while (reader.position < end) this.readField(reader, reader.tag());
    reader.leave(end);
  }

  wireType(tag: number): number {
    const field = tag >>> 3;
    if (field === 3) return VARINT;
    return field <= 2 || field === 5 ? BYTES : tag & 7;
  }

  readField(reader: Reader, tag: number): void {
    const field = tag >>> 3;
    if (field === 1) this.#mediaType = reader.recurringString();
    else if (field === 2) this.#digest = reader.string();
    else if (field === 3) this.#size = reader.int64();
    else if (field === 5) readEntry(reader, this.#annotations);
    else reader.skip(tag);
  }

  finished(): Image["target"] {
    return {
      mediaType: this.#mediaType,
      digest: this.#digest,
      size: this.#size,
      annotations: this.#annotations.finished(),
    };
  }
}

function readTimestamp(reader: Reader, timestamp: Timestamp): void {
  const end = reader.enter();
  for (let fields = 0; reader.position < end; fields += 1) {
    if (fields === MAX_PAIR_FIELDS) throw tooManyFields("timestamp");
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
  for (let fields = 0; reader.position < end; fields += 1) {
    if (fields === MAX_PAIR_FIELDS) throw tooManyFields("label");
    const tag = reader.tag();
    const field = tag >>> 3;
    if (field === 1) key = reader.recurringString();
    else if (field === 2) value = reader.string();
    else reader.skip(tag);
  }
  reader.expectAt(end);
  labels.add(key, value);
}

function tooManyFields(what: string): MalformedMessage {
  return new MalformedMessage(`a ${what} of more than ${MAX_PAIR_FIELDS} fields`);
}

// The nearest Date: servers store and return instants that a Date cannot hold.
function toDate({ seconds, nanos }: Timestamp): Date {
  const ms = seconds * 1_000 + Math.floor(nanos / 1e6);
  return new Date(Math.min(MAX_DATE_MS, Math.max(-MAX_DATE_MS, ms)));
}
