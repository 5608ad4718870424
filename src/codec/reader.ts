import { MalformedMessage } from "../rpc/response-decoder.js";
import { labelValue, type RecurringText, recurringText } from "./recurring-texts.js";
import { BYTES, FIXED32, FIXED64, GROUP_END, GROUP_START, VARINT } from "./tag.js";
import { type TextBytes, textAt, textBytes } from "./text.js";

const MAX_DEPTH = 100;

/** The bytes end inside of a field; more of them may complete it. */
export class TruncatedMessage extends MalformedMessage {}

/**
 * Walks over the fields of a protobuf message; throws {@link MalformedMessage} where the bytes do not add up.
 *
 * One reader serves a message and all its submessages. It accepts and rejects what protobuf-es does, with one
 * exception: a field that runs past the end of its submessage is rejected.
 */
export class Reader {
  readonly #bytes: Buffer;
  #texts: TextBytes | undefined;
  readonly #end: number;
  /** 1 in a message, 2 in one in it, and so on. */
  #depth = 1;
  /** The upper half of the varint that was read last. */
  #high = 0;
  /** Index of the next byte. */
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = asBuffer(bytes);
    this.#end = bytes.length;
  }

  /** Goes to a field of a message that lies at this depth. */
  seek(position: number, depth: number): void {
    this.#depth = depth;
    this.position = position;
  }

  /** Whether there is another field. */
  more(): boolean {
    return this.position < this.#end;
  }

  /** The tag of the next field. */
  tag(): number {
    const start = this.position;
    const tag = this.uint32();
    const isTooLong = this.position - start > 5 || this.#high > 0;
    if (isTooLong || tag < 8 || (tag & 7) > FIXED32) throw new MalformedMessage(`no tag at byte ${start}`);
    return tag;
  }

  /** Steps over this tag of one byte, if it comes next and before `end`; says whether it has. */
  takes(tag: number, end: number): boolean {
    if (this.position >= end || this.#bytes[this.position] !== tag) return false;
    this.position += 1;
    return true;
  }

  /** A varint cut to its low 32 bits. */
  uint32(): number {
    // Most varints are one byte.
    const byte = this.#bytes[this.position] ?? 0;
    if (byte >= 0x80 || this.position >= this.#end) return this.#longVarint();
    this.position += 1;
    this.#high = 0;
    return byte;
  }

  #longVarint(): number {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    let at = this.position;
    for (let shift = 0; shift < 70 && at < this.#end; shift += 7) {
      const byte = bytes[at] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      // Of the fifth byte, four bits belong to the low 32 bits and three to the high ones.
      if (shift >= 28) high |= shift === 28 ? bits >>> 4 : bits << (shift - 32);
      at += 1;
      if (byte < 0x80) {
        this.position = at;
        this.#high = high;
        return low >>> 0;
      }
    }
    if (at - this.position < 10) this.#checked(at + 1); // the bytes end within it
    throw new MalformedMessage(`varint of more than ten bytes before byte ${at}`);
  }

  /** A signed 32-bit varint. */
  int32(): number {
    return this.uint32() | 0;
  }

  /** A signed 64-bit varint as the nearest number. */
  int64(): number {
    const low = this.uint32();
    return this.#high * 2 ** 32 + low;
  }

  /** Reads the length of a length-delimited field: its value begins at `position` now. Gives the index after it. */
  fieldEnd(): number {
    const length = this.uint32();
    return this.#checked(this.position + length);
  }

  /** Rejects a message whose last field runs past its end. */
  expectAt(end: number): void {
    if (this.position !== end) throw new MalformedMessage(`a field passes the end of its message at byte ${end}`);
  }

  /** Begins a submessage and gives the index after it. */
  enter(): number {
    this.#depth += 1;
    return this.fieldEnd();
  }

  /** Ends the submessage that {@link enter} began. */
  leave(end: number): void {
    this.#depth -= 1;
    this.expectAt(end);
  }

  /** The next length-delimited field as text; what is not UTF-8 is rejected, as the specification demands. */
  string(): string {
    const end = this.fieldEnd();
    const text = textAt(this.#textBytes(), this.position, end);
    this.position = end;
    return text;
  }

  /** The same, faster, for text that recurs from record to record. */
  recurringString(): string {
    return this.recurringText().text;
  }

  /** The same, for a label's key, with what is known about its values. */
  recurringText(): RecurringText {
    const end = this.fieldEnd();
    const text = recurringText(this.#textBytes(), this.position, end);
    this.position = end;
    return text;
  }

  /** The value of the label with this key. */
  labelValue(key: RecurringText): string {
    const end = this.fieldEnd();
    const text = labelValue(key, this.#textBytes(), this.position, end);
    this.position = end;
    return text;
  }

  #textBytes(): TextBytes {
    this.#texts ??= textBytes(this.#bytes);
    return this.#texts;
  }

  /** Skips the field whose tag was just read. */
  skip(tag: number, groupsLeft = MAX_DEPTH - this.#depth): void {
    const type = tag & 7;
    if (type === VARINT) while (this.#byte() >= 0x80);
    else if (type === BYTES) this.position = this.fieldEnd();
    else if (type === FIXED64) this.position = this.#checked(this.position + 8);
    else if (type === FIXED32) this.position = this.#checked(this.position + 4);
    else if (type === GROUP_START) this.#skipGroup(tag >>> 3, groupsLeft);
    else throw new MalformedMessage(`end of no group before byte ${this.position}`);
  }

  #skipGroup(field: number, groupsLeft: number): void {
    if (groupsLeft === 0) throw new MalformedMessage(`groups nested too deeply at byte ${this.position}`);
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) !== GROUP_END) this.skip(tag, groupsLeft - 1);
      else if (tag >>> 3 === field) return;
      else throw new MalformedMessage(`end of another group before byte ${this.position}`);
    }
  }

  #byte(): number {
    this.position = this.#checked(this.position + 1);
    return this.#bytes[this.position - 1] ?? 0;
  }

  #checked(position: number): number {
    if (position > this.#end) throw new TruncatedMessage(`message ends within a field, at byte ${this.#end}`);
    return position;
  }
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
