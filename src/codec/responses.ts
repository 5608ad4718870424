import type { Image } from "../image.js";
import { MalformedMessage, type ResponseDecoder } from "../rpc/response-decoder.js";
import { Budget } from "./budget.js";
import { ImageDraft } from "./decode-image.js";
import { decoderOf, type ResponseDraft } from "./decoder.js";
import type { Draft } from "./draft.js";
import { BYTES, type Reader, VARINT } from "./reader.js";

/** The answer of Get, Create and Update: one image, in field 1 of each. */
export const imageResponse: ResponseDecoder<Image> = decoderOf(() => new OneImage());

/** The answer of List. */
export const imagesResponse: ResponseDecoder<readonly Image[]> = decoderOf(() => new ManyImages());

/** How many images the answer of List has. Records are counted, not read: there may be very many. */
export const imageCountResponse: ResponseDecoder<number> = decoderOf(() => new Count());

/** The answer of Delete: nothing. */
export const emptyResponse: ResponseDecoder<void> = decoderOf(() => nothing);

/** The answer of Version. */
export const versionResponse: ResponseDecoder<string> = decoderOf(() => new Version());

/** The names in the answer of the List of namespaces. */
export const namespacesResponse: ResponseDecoder<readonly string[]> = decoderOf(() => new Namespaces());

/** The answer of `Introspection.Server`: which process of which daemon answers. */
export const serverResponse: ResponseDecoder<ServerIdentity> = decoderOf(() => new Server());

/** The answer as it came. */
export const bytesResponse: ResponseDecoder<Uint8Array> = { whole: (message) => message };

class OneImage implements ResponseDraft<Image> {
  #image: ImageDraft | undefined;

  wireType(tag: number): number {
    return firstIsBytes(tag);
  }

  readField(reader: Reader, tag: number): void {
    if (tag >>> 3 === 1) this.#begun().read(reader);
    else reader.skip(tag);
  }

  submessage(field: number): Draft | undefined {
    return field === 1 ? this.#begun() : undefined;
  }

  finished(): Image {
    if (this.#image === undefined) throw new MalformedMessage("the answer has no image");
    return this.#image.finished();
  }

  #begun(): ImageDraft {
    this.#image ??= new ImageDraft(new Budget());
    return this.#image;
  }
}

/** The images of a List, in the course of being read. */
export class ManyImages implements ResponseDraft<readonly Image[]> {
  readonly #images: Image[] = [];
  readonly #budget = new Budget();
  /** A large one, which is read while it arrives. */
  #begun: ImageDraft | undefined;

  wireType(tag: number): number {
    return firstIsBytes(tag);
  }

  readField(reader: Reader, tag: number): void {
    this.#finishBegun();
    if (tag >>> 3 !== 1) reader.skip(tag);
    else {
      const image = new ImageDraft(this.#budget);
      image.read(reader);
      this.#images.push(image.finished());
    }
  }

  submessage(field: number): Draft | undefined {
    if (field !== 1) return undefined;
    this.#finishBegun();
    this.#begun = new ImageDraft(this.#budget);
    return this.#begun;
  }

  finished(): readonly Image[] {
    this.#finishBegun();
    return this.#images;
  }

  #finishBegun(): void {
    if (this.#begun === undefined) return;
    this.#images.push(this.#begun.finished());
    this.#begun = undefined;
  }
}

class Count implements ResponseDraft<number> {
  #count = 0;

  wireType(tag: number): number {
    return tag & 7;
  }

  readField(reader: Reader, tag: number): void {
    if (tag === 8 + BYTES) this.#count += 1;
    reader.skip(tag);
  }

  finished(): number {
    return this.#count;
  }
}

class Version implements ResponseDraft<string> {
  #version = "";

  wireType(tag: number): number {
    return tag >>> 3 <= 2 ? BYTES : tag & 7;
  }

  readField(reader: Reader, tag: number): void {
    if (tag >>> 3 === 1) this.#version = reader.string();
    // The revision; a string too.
    else if (tag >>> 3 === 2) reader.string();
    else reader.skip(tag);
  }

  finished(): string {
    return this.#version;
  }
}

class Namespaces implements ResponseDraft<readonly string[]> {
  readonly #names: string[] = [];
  readonly #budget = new Budget();

  wireType(tag: number): number {
    return firstIsBytes(tag);
  }

  readField(reader: Reader, tag: number): void {
    if (tag >>> 3 !== 1) {
      reader.skip(tag);
      return;
    }
    this.#budget.record();
    this.#names.push(nameOf(reader));
  }

  finished(): readonly string[] {
    return this.#names;
  }
}

// Of a namespace; its labels are passed over.
function nameOf(reader: Reader): string {
  const end = reader.enter();
  let name = "";
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) name = reader.string();
    else reader.skip(tag);
  }
  reader.leave(end);
  return name;
}

interface ServerIdentity {
  readonly uuid: string;
  readonly pid: number;
  readonly pidNamespace: number;
}

class Server implements ResponseDraft<ServerIdentity> {
  #uuid = "";
  #pid = 0;
  #pidNamespace = 0;

  wireType(tag: number): number {
    return tag & 7;
  }

  readField(reader: Reader, tag: number): void {
    if (tag === 8 + BYTES) this.#uuid = reader.string();
    else if (tag === 16 + VARINT) this.#pid = reader.int64();
    else if (tag === 24 + VARINT) this.#pidNamespace = reader.int64();
    else reader.skip(tag);
  }

  finished(): ServerIdentity {
    return { uuid: this.#uuid, pid: this.#pid, pidNamespace: this.#pidNamespace };
  }
}

const nothing: ResponseDraft<void> = {
  wireType: (tag) => tag & 7,
  readField: (reader, tag) => reader.skip(tag),
  finished: () => {},
};

function firstIsBytes(tag: number): number {
  return tag >>> 3 === 1 ? BYTES : tag & 7;
}
