import { malformedFailure, type RpcFailure } from "../../rpc/failure.js";
import { PREFIX_BYTES } from "./prefixed-message.js";

/**
 * Larger events are skipped. An event has the name of an image (at most 32 KiB, because the store accepts no longer
 * key) and all its labels, of at most 4 KiB each, without a limit for their number. Usually it has a few KiB.
 */
const KEEP_MAX_BYTES = 1 << 20;
/** containerd sends no message over 16 MiB unless it is configured to; a larger one is treated as malformed. */
const READ_MAX_BYTES = 16 << 20;

/** The frames of a real daemon are larger on average: an event of a hundred bytes or more comes in one frame. */
const MIN_FRAME_BYTES = 32;
const SMALL_FRAMES_ALLOWED = 1_000;

/**
 * Splits the data of a stream into messages, each with its prefix. Throws an `RpcFailure` for data that is not gRPC, or
 * that would cost too much time or memory.
 *
 * Each byte is copied once, into memory that all messages share. New memory for each message, up to a megabyte, would
 * accumulate before it is collected.
 */
export class EventReader {
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #memory = Buffer.alloc(0);
  /** The number of bytes that are missing from the message, and the message so far, unless it is skipped. */
  #missingBytes = 0;
  #message: Buffer | undefined;
  #frames = 0;
  #bytes = 0;

  /**
   * The messages that this piece completes. Each is valid until the next one is requested; `undefined` stands for a
   * message that is too large to be kept.
   */
  *push(chunk: Buffer): Generator<Buffer | undefined, void, void> {
    this.#count(chunk);
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#prefixBytes < PREFIX_BYTES ? this.#readPrefix(rest) : this.#readMessage(rest);
      if (this.#prefixBytes === PREFIX_BYTES && this.#missingBytes === 0) yield this.#take();
    }
  }

  // Node needs microseconds for each frame, so very many tiny frames would block the process.
  #count(chunk: Buffer): void {
    this.#frames += 1;
    this.#bytes += chunk.length;
    const isFlood = this.#frames > SMALL_FRAMES_ALLOWED + this.#bytes / MIN_FRAME_BYTES;
    if (isFlood) throw eventsFailure(`${this.#frames} frames for ${this.#bytes} bytes of events`);
  }

  #readPrefix(bytes: Buffer): Buffer {
    const copied = bytes.copy(this.#prefix, this.#prefixBytes);
    this.#prefixBytes += copied;
    if (this.#prefixBytes === PREFIX_BYTES) this.#begin();
    return bytes.subarray(copied);
  }

  #begin(): void {
    const flag = this.#prefix.readUInt8(0);
    if (flag !== 0) throw eventsFailure(flag === 1 ? "the event is compressed" : `its first byte is ${flag}`);
    const lengthBytes = this.#prefix.readUInt32BE(1);
    if (lengthBytes > READ_MAX_BYTES)
      throw eventsFailure(`an event of ${lengthBytes} bytes; at most ${READ_MAX_BYTES} are read`, "resource_exhausted");
    this.#missingBytes = lengthBytes;
    this.#message = lengthBytes > KEEP_MAX_BYTES ? undefined : this.#space(lengthBytes);
  }

  #space(lengthBytes: number): Buffer {
    if (this.#memory.length < lengthBytes) this.#memory = Buffer.allocUnsafeSlow(lengthBytes);
    return this.#memory.subarray(0, lengthBytes);
  }

  #readMessage(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#missingBytes);
    if (this.#message !== undefined) part.copy(this.#message, this.#message.length - this.#missingBytes);
    this.#missingBytes -= part.length;
    return bytes.subarray(part.length);
  }

  #take(): Buffer | undefined {
    this.#prefixBytes = 0;
    return this.#message;
  }
}

function eventsFailure(what: string, code?: "resource_exhausted"): RpcFailure {
  return malformedFailure(`malformed events: ${what}`, code && { code });
}
