import { setOwn } from "../util/own-property.js";
import type { Reader } from "./reader.js";
import type { RecurringText } from "./recurring-texts.js";

const MAX_LABELS = 16;

/**
 * The labels of a record as they are found in it: their keys, and where their values are.
 *
 * One object serves all records: arrays for each record would be a fifth of the memory that decoding a list takes. It
 * has positions in place of values so that no value stays in memory after its record.
 */
export class SortedLabels {
  readonly #foundKeys: RecurringText[] = [];
  readonly #foundValues: number[] = [];
  #count = 0;
  /** In order. They stay for the next record, because most records have the same keys as the one before. */
  readonly #keys: RecurringText[] = [];
  readonly #values: number[] = [];

  get isFull(): boolean {
    return this.#count === MAX_LABELS;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Adds a label. */
  add(key: RecurringText, valuePosition: number): void {
    this.#foundKeys[this.#count] = key;
    this.#foundValues[this.#count] = valuePosition;
    this.#count += 1;
  }

  /** Reads the values, which may recur in other records. Of labels with the same key, the last one holds. */
  read(reader: Reader, mayRecur: boolean): Record<string, string> {
    if (!this.#placeAsBefore()) this.#sort();
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

  // Gives each value the place that its key has had in the record before; false if the keys are not the same. This takes
  // less time than to compare texts.
  #placeAsBefore(): boolean {
    let places = 0;
    for (let at = 0; at < this.#count; at += 1) {
      const place = placeOf(this.#foundKeys[at], this.#keys);
      if (place < 0) return false;
      this.#values[place] = this.#foundValues[at] ?? 0;
      places |= 1 << place;
    }
    return places === (1 << this.#count) - 1;
  }

  #sort(): void {
    for (let at = 0; at < this.#count; at += 1) this.#insert(at);
    this.#keys.length = this.#count; // what is left of a longer record is in no order
  }

  // Puts the label found at `index` among those found before it; after one with the same key.
  #insert(index: number): void {
    const key = this.#foundKeys[index];
    if (key === undefined) return;
    const keys = this.#keys;
    const values = this.#values;
    let at = index;
    for (; at > 0; at -= 1) {
      const before = keys[at - 1] ?? key;
      if (before.text <= key.text) break;
      keys[at] = before;
      values[at] = values[at - 1] ?? 0;
    }
    keys[at] = key;
    values[at] = this.#foundValues[index] ?? 0;
  }
}

// For a few keys this is faster than `indexOf`.
function placeOf(key: RecurringText | undefined, keys: readonly RecurringText[]): number {
  for (let place = 0; place < keys.length; place += 1) if (keys[place] === key) return place;
  return -1;
}

function emptyObject(properties: number): Record<string, string> {
  const Labels = objectsOf[properties];
  return Labels === undefined ? {} : new Labels();
}

/** Makes an ordinary object. */
type MakesLabels = new () => Record<string, string>;

/**
 * Each makes ordinary empty objects with room for so many properties: V8 learns how many that are from the first ones,
 * in most processes. `{}` has room for four: without properties it would take twice the memory, and with more than four a
 * second object.
 */
const objectsOf: readonly MakesLabels[] = Array.from({ length: MAX_LABELS + 1 }, () => {
  function Labels(this: { property: unknown }, never?: boolean): void {
    if (never) this.property = never; // without any property here, V8 would leave no room at all
  }
  Labels.prototype = Object.prototype;
  return Labels as unknown as MakesLabels;
});
