/** Turns the bytes of a response into a value; throws {@link MalformedMessage} for bytes that are not that message. */
export interface ResponseDecoder<T> {
  /** Reads a message that has arrived completely. */
  whole(message: Uint8Array): T;
  /** Reads a message while it arrives, for responses that can be large. */
  readonly pieces?: (() => ResponsePieces<T>) | undefined;
}

/** A message that is being read while it arrives. */
export interface ResponsePieces<T> {
  push(piece: Uint8Array): void;
  /** Gives the value, once all pieces have been pushed. */
  end(): T;
}

/** Bytes that are not the message they should be. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** A message that would take too much memory once it is read. */
export class ExcessiveMessage extends MalformedMessage {}
