/** HTTP/2 frame types (RFC 9113, section 6). */
export const DATA = 0;
export const HEADERS = 1;
export const SETTINGS = 4;
export const PING = 6;
export const WINDOW_UPDATE = 8;

/** Frame flags. */
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;

export const FRAME_HEADER_BYTES = 9;
export const PREFACE_BYTES = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;
export const MAX_FRAME_BYTES = 16_384;
export const INITIAL_WINDOW_SIZE = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** The bytes of a frame without its payload. */
export function frameHeader(type: number, flags: number, streamId: number, lengthBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  bytes.writeUIntBE(lengthBytes, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  return bytes;
}

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  return Buffer.concat([frameHeader(type, flags, streamId, payload.length), payload]);
}

/** Cuts bytes as they arrive into frames, the connection preface left out. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #skip = PREFACE_BYTES;

  *read(chunk: Buffer): Generator<Frame> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = Math.min(this.#skip, bytes.length);
    this.#skip -= start;
    while (bytes.length - start >= FRAME_HEADER_BYTES) {
      const end = start + FRAME_HEADER_BYTES + bytes.readUIntBE(start, 3);
      if (end > bytes.length) break;
      yield {
        type: bytes[start + 3] ?? 0,
        flags: bytes[start + 4] ?? 0,
        streamId: bytes.readUInt32BE(start + 5),
        payload: bytes.subarray(start + FRAME_HEADER_BYTES, end),
      };
      start = end;
    }
    this.#rest = bytes.subarray(start);
  }
}
