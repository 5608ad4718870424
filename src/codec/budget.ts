import { ExcessiveMessage } from "../rpc/response-decoder.js";

// Memory that objects take in addition to the bytes that they are made of: measured, and rounded up.
const RECORD_BYTES = 512;
const LABEL_BYTES = 128;
const MAX_BYTES = 64 << 20;

/**
 * How much memory the objects of one response may take: 131,072 records without labels, or 87,381 with two labels each.
 *
 * A record of two bytes becomes an object of hundreds of bytes, so a limit on the bytes of a response alone would let a
 * peer fill the memory. `list` reads more records than that in parts.
 */
export class Budget {
  #leftBytes = MAX_BYTES;
  #records = 0;
  #labels = 0;

  record(): void {
    this.#records += 1;
    this.#spend(RECORD_BYTES);
  }

  label(): void {
    this.#labels += 1;
    this.#spend(LABEL_BYTES);
  }

  /** How many records have been read or begun. */
  get records(): number {
    return this.#records;
  }

  /** How many labels have been read. */
  get labels(): number {
    return this.#labels;
  }

  /** Gives back a record that will be read once more, with all labels after the first `labels`. */
  giveBackRecord(labels: number): void {
    this.#leftBytes += RECORD_BYTES + LABEL_BYTES * (this.#labels - labels);
    this.#records -= 1;
    this.#labels = labels;
  }

  #spend(bytes: number): void {
    this.#leftBytes -= bytes;
    if (this.#leftBytes < 0) {
      throw new ExcessiveMessage(
        `more than ${Math.max(0, this.#records - 1)} records and ${this.#labels} labels are not read at once`,
      );
    }
  }
}
