const PREFIX_BYTES = 5;

/** Puts the messages of a stream together again. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  /** Adds bytes, and takes the messages that are whole, without their prefix. */
  take(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: Buffer[] = [];
    for (let end = this.#end(); end <= this.#rest.length; end = this.#end()) {
      messages.push(this.#rest.subarray(PREFIX_BYTES, end));
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }

  #end(): number {
    return PREFIX_BYTES + (this.#rest.length < PREFIX_BYTES ? 0 : this.#rest.readUInt32BE(1));
  }
}
