import type { ErrorCode } from "../../errors.js";
import { WireFailure } from "../../wire/failure.js";
import type { Decoder, MessagePieces } from "../../wire/wire.js";

const PREFIX_BYTES = 5;

/**
 * Reads the one message of an answer: a byte that says whether it is compressed, four with its length, then the
 * message itself. Throws a `WireFailure` for anything else.
 */
export class MessageReader<T> {
  readonly #decoder: Decoder<T>;
  readonly #maxBytes: number;
  #prefix: Uint8Array | undefined;
  #missingBytes = -1;
  #chunks: Uint8Array[] = [];
  #pieces: MessagePieces<T> | undefined;

  constructor(decoder: Decoder<T>, maxBytes: number) {
    this.#decoder = decoder;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    const payload = this.#missingBytes < 0 ? this.#afterPrefix(chunk) : chunk;
    if (payload === undefined || payload.length === 0) return;
    if (payload.length > this.#missingBytes) throw malformed("more than one message");
    this.#missingBytes -= payload.length;
    if (this.#pieces === undefined) this.#chunks.push(payload);
    else decoding(() => this.#pieces?.push(payload));
  }

  end(): T {
    if (this.#missingBytes < 0 && this.#prefix === undefined) throw malformed("no message");
    if (this.#missingBytes !== 0) throw malformed("the message is cut off");
    const pieces = this.#pieces;
    return decoding(() => (pieces === undefined ? this.#decoder.whole(joined(this.#chunks)) : pieces.end()));
  }

  // What follows the prefix; undefined while the prefix itself is incomplete.
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
    if (flag !== 0) throw malformed(flag === 1 ? "the message is compressed" : `its first byte is ${flag}`);
    const lengthBytes = a * 2 ** 24 + (b << 16) + (c << 8) + d;
    if (lengthBytes > this.#maxBytes) throw tooLarge(lengthBytes, this.#maxBytes);
    this.#missingBytes = lengthBytes;
    this.#pieces = this.#decoder.pieces?.();
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first, second] = chunks;
  return second === undefined ? (first ?? new Uint8Array()) : Buffer.concat(chunks);
}

function decoding<R>(action: () => R): R {
  try {
    return action();
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error), error);
  }
}

function malformed(what: string, cause?: unknown): WireFailure {
  return answerFailure("internal", `malformed answer: ${what}`, { cause });
}

function tooLarge(lengthBytes: number, maxBytes: number): WireFailure {
  const hint = "ask for less at once, for example with a filter";
  return answerFailure("resource_exhausted", `the answer has ${lengthBytes} bytes; at most ${maxBytes} are read`, {
    hint,
  });
}

function answerFailure(code: ErrorCode, message: string, rest: { cause?: unknown; hint?: string }): WireFailure {
  return new WireFailure(message, { code, kind: "malformed", evidence: "answered", ...rest });
}
