const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 1 << 10;

/**
 * Bytes that cannot be read before more arrive, copied into one buffer. A piece that is kept as it arrived would take
 * about a hundred bytes in addition, and keep everything in memory that the connection has read together with it.
 */
export class ByteQueue {
  #bytes: Buffer = NOTHING;
  length = 0;

  add(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(piece, this.length);
    this.length = length;
  }

  /** The bytes; valid until more are added. */
  peek(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Removes the first `count` bytes. */
  drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  #grow(length: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length, 2 * this.#bytes.length));
    bytes.set(this.peek());
    this.#bytes = bytes;
  }
}
