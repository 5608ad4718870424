import type { Image } from "../image.js";
import { MalformedMessage } from "../rpc/response-decoder.js";
import type { Budget } from "./budget.js";
import { type Draft, type FieldNumber, wireTypes } from "./draft.js";
import { DESCRIPTOR, IMAGE, MAP_ENTRY, TIMESTAMP } from "./fields.js";
import { LabelsDraft } from "./labels-draft.js";
import { DescriptorObject, ImageObject } from "./ordinary-objects.js";
import type { Reader } from "./reader.js";
import { BYTES, VARINT } from "./tag.js";
import { nearestDate } from "./times.js";

/** A label or a timestamp has two fields. A peer that repeats them without end would block the event loop. */
const MAX_PAIR_FIELDS = 100;

interface Timestamp {
  seconds: number;
  nanos: number;
}

/**
 * An image that is being read. A field that does not come has protobuf's default; a timestamp is the epoch then.
 *
 * Protobuf allows a message to come in several parts, which are merged. So reading changes this object, and makes the
 * image at the end.
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

  readField(reader: Reader, tag: number): void {
    const field = (tag >>> 3) as FieldNumber<typeof IMAGE>; // unknown ones go to `default`
    switch (field) {
      case IMAGE.name:
        this.#name = reader.string();
        break;
      case IMAGE.labels:
        readEntry(reader, this.#labels);
        break;
      case IMAGE.target:
        this.#target.read(reader);
        break;
      case IMAGE.createdAt:
        readTimestamp(reader, this.#createdAt);
        break;
      case IMAGE.updatedAt:
        readTimestamp(reader, this.#updatedAt);
        break;
      default:
        field satisfies never;
        reader.skip(tag);
    }
  }

  wireType(tag: number): number {
    return imageWireTypes(tag);
  }

  submessage(field: number): Draft | undefined {
    return field === IMAGE.target ? this.#target : undefined;
  }

  /** The image, once all of it has been read. */
  finished(): Image {
    const dates = [dateOf(this.#createdAt), dateOf(this.#updatedAt)] as const;
    return new ImageObject(this.#name, this.#labels.finished(), this.#target.finished(), ...dates);
  }
}

const imageWireTypes = wireTypes(IMAGE, {
  name: BYTES,
  labels: BYTES,
  target: BYTES,
  createdAt: BYTES,
  updatedAt: BYTES,
});

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

  readField(reader: Reader, tag: number): void {
    const field = (tag >>> 3) as FieldNumber<typeof DESCRIPTOR>; // unknown ones go to `default`
    switch (field) {
      case DESCRIPTOR.mediaType:
        this.#mediaType = reader.recurringString();
        break;
      case DESCRIPTOR.digest:
        this.#digest = reader.string();
        break;
      case DESCRIPTOR.size:
        this.#size = reader.int64();
        break;
      case DESCRIPTOR.annotations:
        readEntry(reader, this.#annotations);
        break;
      default:
        field satisfies never;
        reader.skip(tag);
    }
  }

  wireType(tag: number): number {
    return descriptorWireTypes(tag);
  }

  finished(): Image["target"] {
    return new DescriptorObject(this.#mediaType, this.#digest, this.#size, this.#annotations.finished());
  }
}

const descriptorWireTypes = wireTypes(DESCRIPTOR, {
  mediaType: BYTES,
  digest: BYTES,
  size: VARINT,
  annotations: BYTES,
});

function readTimestamp(reader: Reader, timestamp: Timestamp): void {
  const end = reader.enter();
  for (let fields = 0; reader.position < end; fields += 1) {
    if (fields === MAX_PAIR_FIELDS) throw tooManyFields("timestamp");
    const tag = reader.tag();
    const field = tag >>> 3;
    if (field === TIMESTAMP.seconds) timestamp.seconds = reader.int64();
    else if (field === TIMESTAMP.nanos) timestamp.nanos = reader.int32();
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
    if (field === MAP_ENTRY.key) key = reader.recurringString();
    else if (field === MAP_ENTRY.value) value = reader.string();
    else reader.skip(tag);
  }
  reader.expectAt(end);
  labels.add(key, value);
}

function tooManyFields(what: string): MalformedMessage {
  return new MalformedMessage(`a ${what} of more than ${MAX_PAIR_FIELDS} fields`);
}

function dateOf({ seconds, nanos }: Timestamp): Date {
  return nearestDate(seconds, nanos);
}
