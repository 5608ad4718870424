import { MalformedMessage } from "../rpc/response-decoder.js";
import { ByteQueue } from "./byte-queue.js";
import type { Draft } from "./draft.js";
import { asBuffer, Reader, TruncatedMessage } from "./reader.js";
import { BYTES, tagOf } from "./tag.js";

/** A submessage of this size is read while it arrives, not at its end: a large one would hold the event loop. */
const LARGE_BYTES = 64 << 10;
/**
 * The limit for groups and numbers, which are read from their start again with each piece. No server sends longer ones.
 */
const MAX_UNDELIMITED_BYTES = 4 << 20;

/** A message that is being read, and how many of its bytes have not been read yet. */
interface Open {
  readonly draft: Draft;
  left: number;
}

/** Reads a message into a draft while it arrives: each field once it is complete; a large submessage field by field. */
export class FieldPieces {
  /** The message, and the large submessages in it that have begun and not ended, outermost first. */
  readonly #open: [Open, ...Open[]];
  readonly #largeBytes: number;
  readonly #rest = new ByteQueue();
  /** How many bytes of the rest are needed before more of it can be read. */
  #needed = 1;

  constructor(draft: Draft, largeBytes = LARGE_BYTES) {
    this.#open = [{ draft, left: Number.POSITIVE_INFINITY }];
    this.#largeBytes = largeBytes;
  }

  push(piece: Uint8Array): void {
    const bytes = asBuffer(piece);
    let at = 0;
    // Only a field that lies in two pieces is copied.
    while (this.#rest.length > 0) {
      const end = at + this.#needed - this.#rest.length;
      this.#rest.add(bytes.subarray(at, end));
      if (end > bytes.length) return;
      at = end;
      this.#rest.drop(this.#read(this.#rest.peek()));
    }
    const unread = bytes.subarray(at);
    this.#rest.add(unread.subarray(this.#read(unread)));
  }

  end(): void {
    this.#rest.drop(this.#read(this.#rest.peek()));
    const isWithin = this.#rest.length > 0 || this.#open.length > 1;
    if (isWithin) throw new MalformedMessage(`the answer ends within a record, ${this.#rest.length} bytes in`);
  }

  // Reads all complete fields; gives the index after the last one.
  #read(bytes: Buffer): number {
    const reader = new Reader(bytes);
    let start = 0;
    for (;;) {
      const open = this.#innermost();
      reader.seek(start, this.#open.length);
      const end = fieldEnd(reader, bytes.length, open.draft);
      if (end - start > open.left && bytes.length - start >= open.left) throw overrun(open.left);
      if (end <= bytes.length) {
        reader.position = start;
        open.draft.readField(reader, reader.tag());
        open.left -= end - start;
        start = end;
      } else {
        const inside = this.#enter(open, reader, start, end);
        if (inside === undefined) {
          this.#needed = Math.min(end - start, open.left);
          return start;
        }
        start = inside;
      }
    }
  }

  // Closes the submessages that have ended. The message itself never does: of it, any number of bytes is left.
  #innermost(): Open {
    const open = this.#open;
    while (open[open.length - 1]?.left === 0) open.pop();
    return open[open.length - 1] ?? open[0]; // `at` would take longer, and this runs for each record
  }

  // Begins to read a large submessage of which a part is missing yet; gives the index of its first byte.
  #enter(open: Open, reader: Reader, start: number, end: number): number | undefined {
    if (end - start < this.#largeBytes || end - start > open.left) return undefined;
    reader.position = start;
    const draft = open.draft.submessage?.(reader.tag() >>> 3);
    if (draft === undefined) return undefined;
    const left = reader.uint32();
    open.left -= end - start;
    this.#open.push({ draft, left });
    return reader.position;
  }
}

// The index after the field at `start`. If the bytes do not tell it yet, twice as many are asked for before the next
// attempt, so that the time for all attempts stays linear.
function fieldEnd(reader: Reader, length: number, draft: Draft): number {
  const start = reader.position;
  if (!reader.more()) return start + 1;
  try {
    const tag = reader.tag();
    const type = draft.wireType(tag);
    if (type !== BYTES) reader.skip(tagOf(tag >>> 3, type));
    const size = type === BYTES ? reader.uint32() : 0;
    return reader.position + size;
  } catch (error) {
    if (error instanceof TruncatedMessage) return start + twice(length - start);
    throw error;
  }
}

function twice(bytes: number): number {
  if (bytes > MAX_UNDELIMITED_BYTES) throw new MalformedMessage(`a group or number of more than ${bytes} bytes`);
  return 2 * bytes;
}

function overrun(left: number): MalformedMessage {
  return new MalformedMessage(`a field passes the end of its message, ${left} bytes on`);
}
