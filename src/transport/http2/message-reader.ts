import { ByteQueue } from "../../codec/byte-queue.js";
import { malformedFailure, type RpcFailure } from "../../rpc/failure.js";
import { ExcessiveMessage, type ResponseDecoder, type ResponsePieces } from "../../rpc/response-decoder.js";
import { messageOf } from "../../util/message-of.js";
import { PREFIX_BYTES } from "./prefixed-message.js";

/** A larger message is not read. */
const MAX_BYTES = 64 << 20;
/** A smaller message is decoded at once when it is complete. */
const PIECES_FROM_BYTES = 16 << 10;
/**
 * After this many chunks, a minimum size applies: a message in tiny frames costs far more time than its size justifies.
 */
const MANY_CHUNKS = 10_000;
const MIN_CHUNK_BYTES = 64;
const NO_BYTES = new Uint8Array();
const ASK_FOR_LESS_HINT = "ask for less at once, for example with a filter";

/** Reads the one message of a response, with its prefix. Throws an `RpcFailure` for anything else. */
export class MessageReader<T> {
  readonly #decoder: ResponseDecoder<T>;
  readonly #maxBytes: number;
  #prefix: Uint8Array | undefined;
  #missingBytes = -1;
  /** The message, if it arrived in one piece, as most do. Otherwise `#queue` has the bytes that have arrived so far. */
  #whole: Uint8Array | undefined;
  #queue: ByteQueue | undefined;
  #chunks = 0;
  #chunkBytes = 0;
  #pieces: ResponsePieces<T> | undefined;

  constructor(decoder: ResponseDecoder<T>, maxBytes = MAX_BYTES) {
    this.#decoder = decoder;
    this.#maxBytes = maxBytes;
  }

  /** Whether the message is read while it arrives. */
  get isLarge(): boolean {
    return this.#pieces !== undefined;
  }

  push(chunk: Uint8Array): void {
    this.#count(chunk);
    const payload = this.#missingBytes < 0 ? this.#afterPrefix(chunk) : chunk;
    if (payload === undefined || payload.length === 0) return;
    if (payload.length > this.#missingBytes) throw answerFailure("more than one message");
    this.#missingBytes -= payload.length;
    this.#take(payload);
  }

  end(): T {
    if (this.#missingBytes < 0 && this.#prefix === undefined) throw answerFailure("no message");
    if (this.#missingBytes !== 0) throw answerFailure("the message is cut off");
    const pieces = this.#pieces;
    return decoding(() => (pieces === undefined ? this.#decoder.whole(this.#message()) : pieces.end()));
  }

  #count(chunk: Uint8Array): void {
    this.#chunks += 1;
    this.#chunkBytes += chunk.length;
    const isFlood = this.#chunks > MANY_CHUNKS && this.#chunkBytes < MIN_CHUNK_BYTES * this.#chunks;
    if (isFlood) throw answerFailure(`${this.#chunks} frames hold no more than ${this.#chunkBytes} bytes`);
  }

  #take(payload: Uint8Array): void {
    const pieces = this.#pieces;
    if (pieces !== undefined) decoding(() => pieces.push(payload));
    else if (this.#missingBytes === 0 && this.#queue === undefined) this.#whole = payload;
    else {
      this.#queue ??= new ByteQueue();
      this.#queue.add(payload);
    }
  }

  #message(): Uint8Array {
    return this.#whole ?? this.#queue?.peek() ?? NO_BYTES;
  }

  // Returns the bytes after the prefix; undefined while the prefix is incomplete.
  #afterPrefix(chunk: Uint8Array): Uint8Array | undefined {
    const bytes = this.#prefix === undefined ? chunk : Buffer.concat([this.#prefix, chunk]);
    if (bytes.length < PREFIX_BYTES) {
      if (bytes.length > 0) this.#prefix = bytes;
      return undefined;
    }
    this.#start(bytes);
    return bytes.subarray(PREFIX_BYTES);
  }

  #start(prefix: Uint8Array): void {
    const [flag = 0, a = 0, b = 0, c = 0, d = 0] = prefix;
    if (flag !== 0) throw answerFailure(flag === 1 ? "the message is compressed" : `its first byte is ${flag}`);
    const lengthBytes = a * 2 ** 24 + (b << 16) + (c << 8) + d;
    if (lengthBytes > this.#maxBytes)
      throw excessiveFailure(`the answer has ${lengthBytes} bytes; at most ${this.#maxBytes} are read`);
    this.#missingBytes = lengthBytes;
    if (lengthBytes >= PIECES_FROM_BYTES) this.#pieces = this.#decoder.pieces?.();
  }
}

function decoding<R>(action: () => R): R {
  try {
    return action();
  } catch (error) {
    if (error instanceof ExcessiveMessage) throw excessiveFailure(`excessive answer: ${error.message}`, error);
    throw answerFailure(messageOf(error), error);
  }
}

function answerFailure(what: string, cause?: unknown): RpcFailure {
  return malformedFailure(`malformed answer: ${what}`, { cause });
}

function excessiveFailure(message: string, cause?: unknown): RpcFailure {
  return malformedFailure(message, { code: "resource_exhausted", cause, hint: ASK_FOR_LESS_HINT });
}
