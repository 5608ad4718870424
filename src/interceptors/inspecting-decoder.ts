import type { ResponseDecoder } from "../rpc/response-decoder.js";

/**
 * A decoder that also shows the response to `inspect`, unless it is read while it arrives. It is a class because
 * thousands of calls may wait before the first response, and an object with a closure takes more memory.
 */
export class InspectingDecoder<T> implements ResponseDecoder<T> {
  readonly #decoder: ResponseDecoder<T>;
  readonly #inspect: (response: Uint8Array) => void;

  constructor(decoder: ResponseDecoder<T>, inspect: (response: Uint8Array) => void) {
    this.#decoder = decoder;
    this.#inspect = inspect;
  }

  get pieces(): ResponseDecoder<T>["pieces"] {
    return this.#decoder.pieces;
  }

  whole(message: Uint8Array): T {
    this.#inspect(message);
    return this.#decoder.whole(message);
  }
}
