import { Budget } from "./budget.js";
import { DESCRIPTOR, IMAGE, IMAGE_RESPONSE, LIST_RESPONSE } from "./fields.js";
import { Reader } from "./reader.js";

/** Throws for a response with images whose objects would take more memory than a {@link Budget} allows. */
export function weigh(response: Uint8Array): void {
  const budget = new Budget();
  const reader = new Reader(response);
  while (reader.more()) {
    const tag = reader.tag();
    if (tag >>> 3 !== LIST_RESPONSE.images) reader.skip(tag);
    else {
      budget.record();
      weighImage(reader, budget);
    }
  }
}

// All responses with images have them in the same field; this fails to compile where that changes.
IMAGE_RESPONSE.image satisfies typeof LIST_RESPONSE.images;

function weighImage(reader: Reader, budget: Budget): void {
  const end = reader.enter();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag >>> 3 === IMAGE.target) weighTarget(reader, budget);
    else {
      if (tag >>> 3 === IMAGE.labels) budget.label();
      reader.skip(tag);
    }
  }
  reader.leave(end);
}

function weighTarget(reader: Reader, budget: Budget): void {
  const end = reader.enter();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag >>> 3 === DESCRIPTOR.annotations) budget.label();
    reader.skip(tag);
  }
  reader.leave(end);
}
