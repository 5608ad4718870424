import type { Duplex } from "node:stream";

/** An open stream of bytes to a peer. A `net.Socket` has all of these; any other stream lacks the optional ones. */
export interface ByteStream extends Duplex {
  /** How many bytes have arrived. */
  readonly bytesRead?: number;
  /** Whether the stream does not yet carry bytes. */
  readonly connecting?: boolean;
  /** Says that the stream keeps the process alive, or that it does not. */
  ref?(): unknown;
  unref?(): unknown;
}
