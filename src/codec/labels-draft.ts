import { setOwn } from "../util/own-property.js";
import type { Budget } from "./budget.js";

/** Up to this many labels are kept sorted while they are read; more are sorted once, at the end. */
export const MAX_FEW = 16;
/** Sorting more at once would block the event loop; no image has so many labels in practice. */
const MAX_SORTED = 20_000;

/**
 * Labels or annotations that are being read.
 *
 * The server sends them in another order each time. Because they are sorted here, two reads of a record give the same
 * JSON, and records with the same keys become objects of the same shape.
 */
export class LabelsDraft {
  readonly #budget: Budget;
  /** Key, value, key, value, … sorted by key. If a key comes twice, its later value comes after the earlier one. */
  readonly #few: string[] = [];
  /** All of them, once there are more than {@link MAX_FEW}. */
  #many: Record<string, string> | undefined;
  #count = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  add(key: string, value: string): void {
    this.#budget.label();
    this.#count += 1;
    if (this.#many !== undefined) setOwn(this.#many, key, value);
    else if (this.#few.length < 2 * MAX_FEW) insertSorted(this.#few, key, value);
    else this.#many = withEntry(toObject(this.#few), key, value);
  }

  /** The labels, once all have been read. */
  finished(): Record<string, string> {
    if (this.#many === undefined) return toObject(this.#few);
    return this.#count > MAX_SORTED ? this.#many : sorted(this.#many);
  }
}

/** Adds an entry to key, value, key, value, … sorted by key; after an entry with the same key. */
export function insertSorted(pairs: string[], key: string, value: string): void {
  let at = pairs.length;
  for (; at > 0 && key < (pairs[at - 2] ?? ""); at -= 2) {
    pairs[at] = pairs[at - 2] ?? "";
    pairs[at + 1] = pairs[at - 1] ?? "";
  }
  pairs[at] = key;
  pairs[at + 1] = value;
}

/** The labels of key, value, key, value, … */
export function toObject(pairs: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < pairs.length; at += 2) setOwn(labels, pairs[at] ?? "", pairs[at + 1] ?? "");
  return labels;
}

function withEntry(labels: Record<string, string>, key: string, value: string): Record<string, string> {
  setOwn(labels, key, value);
  return labels;
}

function sorted(labels: Record<string, string>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key of Object.keys(labels).sort()) setOwn(result, key, labels[key] ?? "");
  return result;
}
