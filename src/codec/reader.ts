import { MalformedMessage } from "../wire/wire.js";

/** Wire types of the protobuf encoding. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TWO_32 = 2 ** 32;

/** Walks over the fields of one protobuf message; throws {@link MalformedMessage} where the bytes do not add up. */
export class Reader {
  readonly #bytes: Buffer;
  /** Index of the next byte. */
  position: number;
  /** Index after the last byte of the message. */
  readonly end: number;

  constructor(bytes: Buffer, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Whether there is another field. */
  more(): boolean {
    return this.position < this.end;
  }

  /** Field number times 8 plus wire type. */
  tag(): number {
    const tag = this.uint32();
    if (tag < 8) throw new MalformedMessage(`field number 0 at byte ${this.position}`);
    return tag;
  }

  /** A varint cut to its low 32 bits. */
  uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    this.position -= 1;
    return this.#varint().low;
  }

  /** A signed 64-bit varint as the nearest number. */
  int64(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    this.position -= 1;
    const { low, high } = this.#varint();
    return (high | 0) * TWO_32 + low;
  }

  /** A signed 32-bit varint. */
  int32(): number {
    return this.uint32() | 0;
  }

  /** The next length-delimited field as a reader of its own. */
  message(): Reader {
    const start = this.#skipBytes();
    return new Reader(this.#bytes, start, this.position);
  }

  /** The next length-delimited field as text; bytes that are not UTF-8 are refused, as the specification asks. */
  string(): string {
    const start = this.#skipBytes();
    const text = this.#bytes.toString("utf8", start, this.position);
    if (text.includes("\ufffd")) return decodeStrictly(this.#bytes.subarray(start, this.position));
    return text;
  }

  /** Passes over a field whose tag was just read. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.#varint();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case BYTES:
        this.#skipBytes();
        return;
      case GROUP_START:
        this.#skipGroup(tag >>> 3);
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        throw new MalformedMessage(`wire type ${tag & 7} at byte ${this.position}`);
    }
  }

  // A loop, not recursion: hostile nesting must not overflow the stack.
  #skipGroup(field: number): void {
    const open = [field];
    while (open.length > 0) {
      const tag = this.tag();
      if ((tag & 7) === GROUP_START) open.push(tag >>> 3);
      else if ((tag & 7) !== GROUP_END) this.skip(tag);
      else if (open.pop() !== tag >>> 3) throw new MalformedMessage(`unmatched group at byte ${this.position}`);
    }
  }

  #skipBytes(): number {
    const length = this.uint32();
    const start = this.position;
    this.#advance(length);
    return start;
  }

  #advance(count: number): void {
    this.position += count;
    if (this.position > this.end) throw new MalformedMessage(`message ends within a field, at byte ${this.end}`);
  }

  #byte(): number {
    if (this.position >= this.end) throw new MalformedMessage(`message ends within a field, at byte ${this.end}`);
    return this.#bytes[this.position++] ?? 0;
  }

  // At most ten bytes, seven bits each; the fifth straddles the two words.
  #varint(): { readonly low: number; readonly high: number } {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new MalformedMessage(`varint of more than ten bytes at byte ${this.position}`);
  }
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    throw new MalformedMessage("a string is not valid UTF-8", { cause });
  }
}
