import { setOwn } from "../util/own-property.js";
import type { Budget } from "./budget.js";

/** Sorting more at once would block the event loop; no image has so many labels in practice. */
const MAX_SORTED = 20_000;

/**
 * Labels or annotations that are being read.
 *
 * The server sends them in another order each time. Because they are sorted at the end, two reads of a record give the
 * same JSON, and records with the same keys become objects of the same shape.
 */
export class LabelsDraft {
  readonly #budget: Budget;
  readonly #labels: Record<string, string> = {};
  #count = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Of labels with the same key, the last one holds. */
  add(key: string, value: string): void {
    this.#budget.label();
    this.#count += 1;
    setOwn(this.#labels, key, value);
  }

  /** The labels, once all have been read. */
  finished(): Record<string, string> {
    return this.#count > MAX_SORTED ? this.#labels : sorted(this.#labels);
  }
}

function sorted(labels: Record<string, string>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key of Object.keys(labels).sort()) setOwn(result, key, labels[key] ?? "");
  return result;
}
