import { textAt } from "./text.js";

const SLOTS = 1_024;
/** Longer texts seldom recur, and are decoded each time. */
const MAX_BYTES = 128;
/** After so many unknown values in a row, most values of a label are not looked up any more. */
const MAX_MISSES = 64;
/** One of so many is still looked up; if it is known, all are looked up again. */
const LOOK_UP_EVERY = 16;
/** An odd number with many bits, by which hashes are multiplied. */
const FACTOR = 0x9e3779b1;

/** Bytes, and a view of them that reads four at once. */
export interface TextBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** A text that may recur, such as the key of a label. */
export interface RecurringText {
  readonly text: string;
  readonly byteLength: number;
  /** If it is the key of a label: how many unknown values it has had in a row. */
  misses: number;
}

// A text is in the slot of its hash or in the one beside it, until another text takes the slot. Its bytes are at the
// same place in `known`.
const slots = new Array<RecurringText | undefined>(SLOTS);
const known = textBytes(Buffer.alloc(SLOTS * MAX_BYTES));
let beside = 0;

export function textBytes(bytes: Buffer): TextBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/**
 * Decodes text that recurs from record to record, such as the keys of labels. To recognise it costs less than to decode
 * it, and all records share one string.
 */
export function recurringText(from: TextBytes, start: number, end: number): RecurringText {
  return find(from.view, start, end) ?? remembered(from, start, end);
}

/** Decodes the value of a label. The labels whose values recur are learnt from the values. */
export function labelValue(key: RecurringText, from: TextBytes, start: number, end: number): string {
  const { misses } = key;
  key.misses = misses + 1;
  if (misses > MAX_MISSES && misses % LOOK_UP_EVERY > 0) return textAt(from.bytes, start, end);
  const found = find(from.view, start, end);
  if (found === undefined) return remembered(from, start, end).text;
  key.misses = 0;
  return found.text;
}

function find(view: DataView, start: number, end: number): RecurringText | undefined {
  if (end - start > MAX_BYTES) return undefined;
  const slot = slotOf(view, start, end);
  if (isIn(slot, view, start, end)) return slots[slot];
  return isIn(slot ^ 1, view, start, end) ? slots[slot ^ 1] : undefined;
}

function remembered({ bytes, view }: TextBytes, start: number, end: number): RecurringText {
  const text = { text: textAt(bytes, start, end), byteLength: end - start, misses: 0 };
  if (text.byteLength > MAX_BYTES) return text;
  beside ^= 1; // so that two texts with the same hash find places beside each other
  const slot = slotOf(view, start, end) ^ beside;
  bytes.copy(known.bytes, slot * MAX_BYTES, start, end);
  slots[slot] = text;
  return text;
}

function slotOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), FACTOR);
  for (; at < end; at += 1) hash = Math.imul(hash ^ view.getInt8(at), FACTOR);
  // Folded, because the last bytes have changed only the upper bits.
  return ((hash >>> 11) ^ hash ^ (hash >>> 22)) & (SLOTS - 1);
}

// Compares all bytes, four at once: one at a time would cost more than to decode the text.
function isIn(slot: number, view: DataView, start: number, end: number): boolean {
  if (slots[slot]?.byteLength !== end - start) return false;
  const knownView = known.view;
  let at = start;
  let knownAt = slot * MAX_BYTES;
  for (; at + 4 <= end; at += 4, knownAt += 4) {
    if (view.getInt32(at, true) !== knownView.getInt32(knownAt, true)) return false;
  }
  for (; at < end; at += 1, knownAt += 1) {
    if (view.getInt8(at) !== knownView.getInt8(knownAt)) return false;
  }
  return true;
}
