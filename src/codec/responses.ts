import type { Image } from "../image.js";
import { MalformedMessage, type ResponseDecoder } from "../rpc/response-decoder.js";
import { Budget } from "./budget.js";
import { decoderOf } from "./decoder.js";
import { type Draft, type ResponseDraft, wireTypes } from "./draft.js";
import {
  IMAGE_RESPONSE,
  LIST_RESPONSE,
  NAMESPACE,
  NAMESPACES_RESPONSE,
  SERVER_RESPONSE,
  VERSION_RESPONSE,
} from "./fields.js";
import { ImageDraft } from "./image-draft.js";
import { Reader } from "./reader.js";
import { BYTES, tagOf, VARINT } from "./tag.js";
import { usualImage } from "./usual-image.js";

/** The response of Get, Create and Update: one image. */
export const imageResponse: ResponseDecoder<Image> = decoderOf(() => new OneImage(), usualResponse);

/** The response of List. The array belongs to the caller, who may change it. */
export const imagesResponse: ResponseDecoder<Image[]> = decoderOf(() => new ManyImages());

/** How many images the response of List has. Records are counted and not read, because there may be very many. */
export const imageCountResponse: ResponseDecoder<number> = decoderOf(() => new Count());

/** The response of Delete: nothing. */
export const emptyResponse: ResponseDecoder<void> = decoderOf(() => nothing);

/** The version in the response of Version. */
export const versionResponse: ResponseDecoder<string> = decoderOf(() => new Version());

/** The names in the response of the namespaces service's List. */
export const namespacesResponse: ResponseDecoder<readonly string[]> = decoderOf(() => new Namespaces());

/** The response of `Introspection.Server`: which process of which daemon sent it. */
export const serverResponse: ResponseDecoder<DaemonProcess> = decoderOf(() => new Server());

/** The bytes of a response. */
export const bytesResponse: ResponseDecoder<Uint8Array> = { whole: (message) => message };

// Most responses have one usual image and nothing else.
function usualResponse(message: Uint8Array): Image | undefined {
  const reader = new Reader(message);
  if (!reader.takes(tagOf(IMAGE_RESPONSE.image, BYTES), message.length)) return undefined;
  const image = usualImage(reader, new Budget());
  return reader.more() ? undefined : image;
}

class OneImage implements ResponseDraft<Image> {
  #image: ImageDraft | undefined;

  wireType(tag: number): number {
    return imageResponseWireTypes(tag);
  }

  readField(reader: Reader, tag: number): void {
    if (tag >>> 3 === IMAGE_RESPONSE.image) this.#begun().read(reader);
    else reader.skip(tag);
  }

  submessage(field: number): Draft | undefined {
    return field === IMAGE_RESPONSE.image ? this.#begun() : undefined;
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

/** The images of a List that is being read. */
export class ManyImages implements ResponseDraft<Image[]> {
  readonly #images: Image[] = [];
  readonly #budget = new Budget();
  /** A large image that is read while it arrives. */
  #begun: ImageDraft | undefined;

  wireType(tag: number): number {
    return listWireTypes(tag);
  }

  readField(reader: Reader, tag: number): void {
    this.#finishBegun();
    if (tag >>> 3 !== LIST_RESPONSE.images) reader.skip(tag);
    else this.#images.push(usualImage(reader, this.#budget) ?? this.#otherImage(reader));
  }

  #otherImage(reader: Reader): Image {
    const image = new ImageDraft(this.#budget);
    image.read(reader);
    return image.finished();
  }

  submessage(field: number): Draft | undefined {
    if (field !== LIST_RESPONSE.images) return undefined;
    this.#finishBegun();
    this.#begun = new ImageDraft(this.#budget);
    return this.#begun;
  }

  finished(): Image[] {
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
    if (tag === tagOf(LIST_RESPONSE.images, BYTES)) this.#count += 1;
    reader.skip(tag);
  }

  finished(): number {
    return this.#count;
  }
}

class Version implements ResponseDraft<string> {
  #version = "";

  wireType(tag: number): number {
    return versionWireTypes(tag);
  }

  readField(reader: Reader, tag: number): void {
    const field = tag >>> 3;
    if (field === VERSION_RESPONSE.version) this.#version = reader.string();
    // Read so that a revision that is not UTF-8 is rejected.
    else if (field === VERSION_RESPONSE.revision) reader.string();
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
    return namespacesWireTypes(tag);
  }

  readField(reader: Reader, tag: number): void {
    if (tag >>> 3 !== NAMESPACES_RESPONSE.namespaces) {
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

// The name of a namespace; its labels are skipped.
function nameOf(reader: Reader): string {
  const end = reader.enter();
  let name = "";
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag >>> 3 === NAMESPACE.name) name = reader.string();
    else reader.skip(tag);
  }
  reader.leave(end);
  return name;
}

/** The process that responds, and the daemon to which it belongs, as `Introspection.Server` reports them. */
export interface DaemonProcess {
  /** The id of the daemon's data folder, which stays the same after a restart. */
  readonly uuid: string;
  /** 0 before containerd 1.7. */
  readonly pid: number;
  /** Inode of the process id namespace that the pid belongs to. */
  readonly pidNamespace: number;
}

class Server implements ResponseDraft<DaemonProcess> {
  #uuid = "";
  #pid = 0;
  #pidNamespace = 0;

  wireType(tag: number): number {
    return tag & 7;
  }

  readField(reader: Reader, tag: number): void {
    if (tag === tagOf(SERVER_RESPONSE.uuid, BYTES)) this.#uuid = reader.string();
    else if (tag === tagOf(SERVER_RESPONSE.pid, VARINT)) this.#pid = reader.int64();
    else if (tag === tagOf(SERVER_RESPONSE.pidns, VARINT)) this.#pidNamespace = reader.int64();
    else reader.skip(tag);
  }

  finished(): DaemonProcess {
    return { uuid: this.#uuid, pid: this.#pid, pidNamespace: this.#pidNamespace };
  }
}

const nothing: ResponseDraft<void> = {
  wireType: (tag) => tag & 7,
  readField: (reader, tag) => reader.skip(tag),
  finished: () => {},
};

const imageResponseWireTypes = wireTypes(IMAGE_RESPONSE, { image: BYTES });
const listWireTypes = wireTypes(LIST_RESPONSE, { images: BYTES });
const versionWireTypes = wireTypes(VERSION_RESPONSE, { version: BYTES, revision: BYTES });
const namespacesWireTypes = wireTypes(NAMESPACES_RESPONSE, { namespaces: BYTES });
