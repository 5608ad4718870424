import { Budget } from "./budget.js";
import { Reader } from "./reader.js";

/** Throws for an answer with images, in field 1, whose objects would take more memory than a {@link Budget} allows. */
export function weigh(answer: Uint8Array): void {
  const budget = new Budget();
  const reader = new Reader(answer);
  while (reader.more()) {
    const tag = reader.tag();
    if (tag >>> 3 !== 1) reader.skip(tag);
    else {
      budget.record();
      weighLabels(reader, budget, 2);
    }
  }
}

// In an image its labels are field 2 and its target field 3; in the target the annotations are field 5.
function weighLabels(reader: Reader, budget: Budget, labels: 2 | 5): void {
  const end = reader.enter();
  while (reader.position < end) {
    const tag = reader.tag();
    if (labels === 2 && tag >>> 3 === 3) weighLabels(reader, budget, 5);
    else {
      if (tag >>> 3 === labels) budget.label();
      reader.skip(tag);
    }
  }
  reader.leave(end);
}
