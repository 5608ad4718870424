import { type TextBytes, textAt, textBytes } from "./text.js";

const SLOTS = 1_024;
/** Longer texts seldom recur, and are decoded each time. */
const MAX_BYTES = 128;
/** After so many unknown values, most values of a label are not looked up any more. */
const MAX_MISSES = 64;
/** One of so many is still looked up. All are looked up again once more than a third of these are known. */
const LOOK_UP_EVERY = 16;
/** An odd number with many bits, by which hashes are multiplied. */
const FACTOR = 0x9e3779b1;

/** The slot of a text that is too long to be kept. */
export const NOT_KEPT = -1;

/** A text that may recur, such as the key of a label. */
export interface RecurringText {
  readonly text: string;
  /** Where it is kept; {@link NOT_KEPT} if it is too long. */
  readonly slot: number;
  /** If it is the key of a label: how many unknown values it has had. Each known one lowers the count. */
  misses: number;
}

// A text is in the slot of its hash or in the one beside it, until another text takes the slot. Its bytes are at the
// same place in `known`.
const slots = new Array<RecurringText | undefined>(SLOTS);
const known = textBytes(Buffer.alloc(SLOTS * MAX_BYTES));
const byteLengths = new Uint8Array(SLOTS); // in an array of their own, because most searches read nothing else
// By length: the slot of the last text of this length.
const slotOfLength = new Uint16Array(MAX_BYTES + 1);
let beside = 0;

/**
 * Decodes text that recurs from record to record, such as the keys of labels. To recognise it costs less than to decode
 * it, and all records share one string.
 */
export function recurringText(from: TextBytes, start: number, end: number): RecurringText {
  // The keys of a record mostly differ in length, and to compare a text costs half of what it costs to find it.
  const likely = slotOfLength[end - start] ?? 0;
  if (isIn(likely, from.view, start, end)) return slots[likely] ?? remembered(from, start, end);
  const text = find(from.view, start, end) ?? remembered(from, start, end);
  if (text.slot !== NOT_KEPT) slotOfLength[end - start] = text.slot;
  return text;
}

/** Decodes the value of a label. The labels whose values recur are learnt from the values. */
export function labelValue(key: RecurringText, from: TextBytes, start: number, end: number): string {
  const { misses } = key;
  key.misses = misses + 1;
  if (misses > MAX_MISSES && misses % LOOK_UP_EVERY > 0) return textAt(from, start, end);
  const found = find(from.view, start, end);
  if (found === undefined) return remembered(from, start, end).text;
  key.misses = Math.max(0, misses - 2 * LOOK_UP_EVERY);
  return found.text;
}

function find(view: DataView, start: number, end: number): RecurringText | undefined {
  if (end - start > MAX_BYTES) return undefined;
  const slot = slotOf(view, start, end);
  if (isIn(slot, view, start, end)) return slots[slot];
  return isIn(slot ^ 1, view, start, end) ? slots[slot ^ 1] : undefined;
}

function remembered(from: TextBytes, start: number, end: number): RecurringText {
  const text = { text: textAt(from, start, end), slot: placeFor(from.view, start, end), misses: 0 };
  if (text.slot !== NOT_KEPT) {
    from.bytes.copy(known.bytes, text.slot * MAX_BYTES, start, end);
    byteLengths[text.slot] = end - start;
    slots[text.slot] = text;
  }
  return text;
}

function placeFor(view: DataView, start: number, end: number): number {
  if (end - start > MAX_BYTES) return NOT_KEPT;
  beside ^= 1; // so that two texts with the same hash find places beside each other
  return slotOf(view, start, end) ^ beside;
}

function slotOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end - 4; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), FACTOR);
  hash = Math.imul(hash ^ lastWord(view, start, end), FACTOR);
  // Folded, because the last bytes have changed only the upper bits.
  return ((hash >>> 11) ^ hash ^ (hash >>> 22)) & (SLOTS - 1);
}

// Compares all bytes, four at once: one at a time would cost more than to decode the text.
function isIn(slot: number, view: DataView, start: number, end: number): boolean {
  if (byteLengths[slot] !== end - start) return false;
  const knownView = known.view;
  const offset = slot * MAX_BYTES - start;
  for (let at = start; at < end - 4; at += 4) {
    if (view.getInt32(at, true) !== knownView.getInt32(at + offset, true)) return false;
  }
  return lastWord(view, start, end) === lastWord(knownView, start + offset, end + offset);
}

// The last four bytes, of which some may have been read before; or all, if they are fewer.
function lastWord(view: DataView, start: number, end: number): number {
  if (end - start >= 4) return view.getInt32(end - 4, true);
  let word = 0;
  for (let at = start; at < end; at += 1) word = (word << 8) | view.getUint8(at);
  return word;
}
