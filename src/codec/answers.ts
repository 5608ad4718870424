import type { Image } from "../image.js";
import { type Decoder, MalformedMessage, type MessagePieces } from "../wire/wire.js";
import { ImageDraft } from "./decode-image.js";
import { asBuffer, BYTES, Reader, TruncatedMessage, VARINT } from "./reader.js";

/** The answer of Get, Create and Update: one image, in field 1 of each. */
export const imageAnswer: Decoder<Image> = {
  whole: (message) => {
    const reader = new Reader(message);
    let image: ImageDraft | undefined;
    while (reader.more()) {
      const tag = reader.tag();
      if (tag >>> 3 !== 1) reader.skip(tag);
      else {
        image ??= new ImageDraft();
        image.read(reader);
      }
    }
    if (image === undefined) throw new MalformedMessage("the answer has no image");
    return image.finished();
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
    const reader = new Reader(message);
    while (reader.more()) reader.skip(reader.tag());
  },
};

/** The answer of Version. */
export const versionAnswer: Decoder<string> = {
  whole: (message) => {
    const reader = new Reader(message);
    let version = "";
    while (reader.more()) {
      const tag = reader.tag();
      if (tag >>> 3 === 1) version = reader.string();
      // The revision; a string too.
      else if (tag >>> 3 === 2) reader.string();
      else reader.skip(tag);
    }
    return version;
  },
};

/** The answer of `Introspection.Server`. */
export const serverAnswer: Decoder<{ readonly uuid: string; readonly pid: number; readonly pidNamespace: number }> = {
  whole: (message) => {
    const reader = new Reader(message);
    const server = { uuid: "", pid: 0, pidNamespace: 0 };
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === 8 + BYTES) server.uuid = reader.string();
      else if (tag === 16 + VARINT) server.pid = reader.int64();
      else if (tag === 24 + VARINT) server.pidNamespace = reader.int64();
      else reader.skip(tag);
    }
    return server;
  },
};

/** The answer as it came. */
export const bytesAnswer: Decoder<Uint8Array> = { whole: (message) => message };

class ImagePieces implements MessagePieces<readonly Image[]> {
  readonly #images: Image[] = [];
  #rest: Buffer[] = [];
  #restLength = 0;
  /** As many bytes of the rest have to be there before more of it can be read. */
  #needed = 1;

  push(piece: Uint8Array): void {
    this.#rest.push(asBuffer(piece));
    this.#restLength += piece.length;
    // Joined only once a record is complete: joining at every piece would make a large record quadratic.
    if (this.#restLength >= this.#needed) this.#read();
  }

  end(): readonly Image[] {
    this.#read();
    if (this.#restLength > 0)
      throw new MalformedMessage(`the answer ends within a record, ${this.#restLength} bytes in`);
    return this.#images;
  }

  #read(): void {
    const [first, second] = this.#rest;
    const bytes = first !== undefined && second === undefined ? first : Buffer.concat(this.#rest);
    let start = 0;
    let end = fieldEnd(bytes, start);
    while (end <= bytes.length) {
      this.#readField(new Reader(bytes, start, end));
      start = end;
      end = fieldEnd(bytes, start);
    }
    this.#keep(bytes.subarray(start), end - start);
  }

  #readField(reader: Reader): void {
    const tag = reader.tag();
    if (tag >>> 3 !== 1) reader.skip(tag);
    else {
      const image = new ImageDraft();
      image.read(reader);
      this.#images.push(image.finished());
    }
  }

  #keep(rest: Buffer, needed: number): void {
    this.#rest = rest.length === 0 ? [] : [rest];
    this.#restLength = rest.length;
    this.#needed = needed;
  }
}

// Index after the field at `start`. Where too few bytes of it are there to tell, one that asks for twice as many, so
// that trying again and again stays linear.
function fieldEnd(bytes: Buffer, start: number): number {
  const reader = new Reader(bytes, start);
  if (!reader.more()) return start + 1;
  try {
    const tag = reader.tag();
    if ((tag & 7) === BYTES || tag >>> 3 === 1) {
      const length = reader.uint32();
      return reader.position + length;
    }
    reader.skip(tag);
    return reader.position;
  } catch (error) {
    if (error instanceof TruncatedMessage) return start + 2 * (bytes.length - start);
    throw error;
  }
}
