import type { ClientHttp2Stream } from "node:http2";

/** What stands before each message of gRPC: a byte that says whether it is compressed, and its length in four bytes. */
export const PREFIX_BYTES = 5;

// Up to this size, copying a message behind its prefix is cheaper than a second write.
const COPY_MAX_BYTES = 16 << 10;

/** Sends a request, which is one message, and ends the stream's writable side. */
export function writeMessage(stream: ClientHttp2Stream, request: Uint8Array): void {
  if (request.length <= COPY_MAX_BYTES) {
    const frame = Buffer.allocUnsafe(PREFIX_BYTES + request.length);
    writePrefix(frame, request.length);
    frame.set(request, PREFIX_BYTES);
    stream.end(frame);
    return;
  }
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  writePrefix(prefix, request.length);
  stream.cork();
  stream.write(prefix);
  stream.end(request);
}

function writePrefix(frame: Buffer, lengthBytes: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(lengthBytes, 1);
}
