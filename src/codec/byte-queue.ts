const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 1 << 10;

/**
 * Bytes that wait for more, copied together: each piece that was kept as it came would take some hundred bytes beside
 * its own, and hold on to what else the connection has read with it.
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

  /** The bytes, until the next ones are added. */
  peek(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Forgets the first `count` bytes. */
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
