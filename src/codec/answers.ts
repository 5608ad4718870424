import type { Image } from "../image.js";
import { type Decoder, MalformedMessage, type MessagePieces } from "../wire/wire.js";
import { decodeImage } from "./decode-image.js";
import { BYTES, Reader } from "./reader.js";
import { asBuffer } from "./scan.js";

const FIRST_MESSAGE = 1 * 8 + BYTES;

/** The answer of Get, Create and Update: one image, in field 1 of each. */
export const imageAnswer: Decoder<Image> = {
  whole: (message) => {
    const reader = new Reader(asBuffer(message));
    let image: Image | undefined;
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === FIRST_MESSAGE) image = decodeImage(reader.message());
      else reader.skip(tag);
    }
    if (image === undefined) throw new MalformedMessage("the answer has no image");
    return image;
  },
};

/** The answer of List, read record by record as it arrives, so that a large one never stalls the event loop. */
export const imagesAnswer: Decoder<readonly Image[]> = {
  whole: (message) => {
    const pieces = new ImagePieces();
    pieces.push(message);
    return pieces.end();
  },
  pieces: () => new ImagePieces(),
};

/** The answer of Delete: nothing. */
export const emptyAnswer: Decoder<void> = {
  whole: (message) => {
    const reader = new Reader(asBuffer(message));
    while (reader.more()) reader.skip(reader.tag());
  },
};

/** The answer of Version. */
export const versionAnswer: Decoder<string> = {
  whole: (message) => {
    const reader = new Reader(asBuffer(message));
    let version = "";
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === FIRST_MESSAGE) version = reader.string();
      else reader.skip(tag);
    }
    return version;
  },
};

/** The answer as it came. */
export const bytesAnswer: Decoder<Uint8Array> = { whole: (message) => message };

class ImagePieces implements MessagePieces<readonly Image[]> {
  readonly #images: Image[] = [];
  #rest: Buffer[] = [];
  #restLength = 0;
  #needed = 0;

  push(piece: Uint8Array): void {
    this.#rest.push(asBuffer(piece));
    this.#restLength += piece.length;
    // Joined only once a record is complete: joining at every piece would make a large record quadratic.
    if (this.#restLength >= this.#needed) this.#take();
  }

  end(): readonly Image[] {
    if (this.#restLength > 0)
      throw new MalformedMessage(`the answer ends within a record, ${this.#restLength} bytes in`);
    return this.#images;
  }

  #take(): void {
    const bytes = this.#rest.length === 1 && this.#rest[0] !== undefined ? this.#rest[0] : Buffer.concat(this.#rest);
    let done = 0;
    for (;;) {
      const length = fieldLength(bytes, done);
      if (length === undefined || done + length > bytes.length) {
        this.#keep(bytes.subarray(done), length);
        return;
      }
      this.#read(new Reader(bytes, done, done + length));
      done += length;
    }
  }

  #read(reader: Reader): void {
    const tag = reader.tag();
    if (tag === FIRST_MESSAGE) this.#images.push(decodeImage(reader.message()));
    else reader.skip(tag);
  }

  #keep(rest: Buffer, needed: number | undefined): void {
    this.#rest = rest.length === 0 ? [] : [rest];
    this.#restLength = rest.length;
    this.#needed = needed ?? rest.length + 1;
  }
}

// Length of the field at `start` with its tag, or undefined while too little of it is there to tell.
function fieldLength(bytes: Buffer, start: number): number | undefined {
  const reader = new Reader(bytes, start);
  try {
    const tag = reader.tag();
    if ((tag & 7) === BYTES) {
      const length = reader.uint32();
      return reader.position + length - start;
    }
    reader.skip(tag);
    return reader.position - start;
  } catch {
    return undefined;
  }
}
