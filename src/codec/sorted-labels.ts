import { setOwn } from "../util/own-property.js";
import { makingOrdinary } from "./ordinary-objects.js";
import type { Reader } from "./reader.js";
import type { RecurringText } from "./recurring-texts.js";

const MAX_LABELS = 16;

/**
 * The labels of a record as they are found in it: their keys, sorted, and where their values are.
 *
 * One object serves all records: arrays for each record would be a fifth of the memory that decoding a list takes. It
 * has positions in place of values so that no value stays in memory after its record.
 */
export class SortedLabels {
  readonly #keys: RecurringText[] = [];
  readonly #values: number[] = [];
  #count = 0;

  get isFull(): boolean {
    return this.#count === MAX_LABELS;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Adds a label; after one with the same key. */
  add(key: RecurringText, valuePosition: number): void {
    const keys = this.#keys;
    const values = this.#values;
    let at = this.#count;
    for (; at > 0; at -= 1) {
      const before = keys[at - 1] ?? key;
      if (before.text <= key.text) break;
      keys[at] = before;
      values[at] = values[at - 1] ?? 0;
    }
    keys[at] = key;
    values[at] = valuePosition;
    this.#count += 1;
  }

  /** Reads the values, which may recur in other records. Of labels with the same key, the last one holds. */
  read(reader: Reader, mayRecur: boolean): Record<string, string> {
    const end = reader.position;
    const labels = emptyObject(this.#count);
    for (let at = 0; at < this.#count; at += 1) {
      const key = this.#keys[at];
      if (key === undefined) break;
      reader.position = this.#values[at] ?? 0;
      setOwn(labels, key.text, mayRecur ? reader.labelValue(key) : reader.string());
    }
    reader.position = end;
    return labels;
  }
}

function emptyObject(properties: number): Record<string, string> {
  const Labels = objectsOf[properties];
  return Labels === undefined ? {} : new Labels();
}

/**
 * Each makes ordinary empty objects with room for so many properties: V8 learns how many that are from the first ones,
 * in most processes. `{}` has room for four: without properties it would take twice the memory, and with more than four
 * a second object.
 */
const objectsOf = Array.from({ length: MAX_LABELS + 1 }, () =>
  makingOrdinary(function Labels(this: Record<string, string>, never?: string): void {
    if (never) this["property"] = never; // without any property here, V8 would leave no room at all
  }),
);
