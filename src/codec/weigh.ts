import { Budget } from "./budget.js";
import { DESCRIPTOR, IMAGE, IMAGE_RESPONSE, LIST_RESPONSE, TIMESTAMP } from "./fields.js";
import { Reader } from "./reader.js";

/**
 * The fields of a message that take no memory of their own: values, of which the last one holds, and messages in it,
 * with their fields. All others cost as much as a label: labels, annotations, and unknown fields, which protobuf-es
 * keeps.
 */
interface Fields {
  readonly [number: number]: Fields | typeof VALUE | undefined;
}

const VALUE = 0;

const TIMESTAMP_FIELDS: Fields = { [TIMESTAMP.seconds]: VALUE, [TIMESTAMP.nanos]: VALUE };
const TARGET_FIELDS: Fields = {
  [DESCRIPTOR.mediaType]: VALUE,
  [DESCRIPTOR.digest]: VALUE,
  [DESCRIPTOR.size]: VALUE,
};
const IMAGE_FIELDS: Fields = {
  [IMAGE.name]: VALUE,
  [IMAGE.target]: TARGET_FIELDS,
  [IMAGE.createdAt]: TIMESTAMP_FIELDS,
  [IMAGE.updatedAt]: TIMESTAMP_FIELDS,
};
const RESPONSE_FIELDS: Fields = { [LIST_RESPONSE.images]: IMAGE_FIELDS };

// All responses with images have them in the same field; this fails to compile where that changes.
IMAGE_RESPONSE.image satisfies typeof LIST_RESPONSE.images;

/** Throws for a response whose objects would take more memory than a {@link Budget} allows. */
export function weigh(response: Uint8Array): void {
  weighFields(new Reader(response), response.length, RESPONSE_FIELDS, new Budget());
}

function weighFields(reader: Reader, end: number, fields: Fields, budget: Budget): void {
  while (reader.position < end) {
    const tag = reader.tag();
    const field = fields[tag >>> 3];
    if (typeof field === "object") {
      if (field === IMAGE_FIELDS) budget.record();
      const innerEnd = reader.enter();
      weighFields(reader, innerEnd, field, budget);
      reader.leave(innerEnd);
    } else {
      if (field === undefined) budget.label();
      reader.skip(tag);
    }
  }
}
