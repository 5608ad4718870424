/** HTTP/2 frames byte by byte, so that broken frames can be made as easily as valid ones. */

export const FRAME = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  reset: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goAway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8 } as const;

/** HTTP/2 error codes by number. */
export const errorNames = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

const HEADER_BYTES = 9;

/** One frame; nothing is checked. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A frame that a peer has sent. */
export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Splits a byte stream into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #skip: number;

  /** Skips `skipBytes` first, such as the client's preface. */
  constructor(skipBytes: number) {
    this.#skip = skipBytes;
  }

  *push(chunk: Buffer): Generator<ReceivedFrame> {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    this.#rest = Buffer.concat([this.#rest, chunk.subarray(skipped)]);
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) return;
      const [bytes, rest] = [this.#rest.subarray(0, end), this.#rest.subarray(end)];
      this.#rest = rest;
      yield {
        type: bytes.readUInt8(3),
        flags: bytes.readUInt8(4),
        streamId: bytes.readUInt32BE(5),
        payload: bytes.subarray(HEADER_BYTES),
      };
    }
  }
}

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export function settings(...entries: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(entries.length * 6);
  entries.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return frame(FRAME.settings, 0, 0, payload);
}

export const settingsAck: Buffer = frame(FRAME.settings, FLAG.ack, 0);

export function reset(streamId: number, code: number): Buffer {
  return frame(FRAME.reset, 0, streamId, uint32(code));
}

export function goAway(lastStreamId: number, code: number, debug = ""): Buffer {
  return frame(FRAME.goAway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code), Buffer.from(debug)]));
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame(FRAME.windowUpdate, 0, streamId, uint32(increment));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header field. Its value can be bytes that are not text. */
export type Field = readonly [name: string, value: string | Uint8Array];

/** Header fields as HPACK literals without index and without Huffman code. */
export function hpack(fields: readonly Field[]): Buffer {
  const parts = fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), literal(name), literal(value)]));
  return Buffer.concat(parts);
}

function literal(value: string | Uint8Array): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([prefixedInteger(bytes.length), bytes]);
}

function prefixedInteger(value: number): Buffer {
  const limit = 0x7f;
  if (value < limit) return Buffer.from([value]);
  const bytes = [limit];
  let rest = value - limit;
  for (; rest >= 0x80; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A HEADERS frame with all fields in it. */
export function headers(streamId: number, fields: readonly Field[], flags = 0): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | flags, streamId, hpack(fields));
}

/** A header block too large for one frame: HEADERS and as many CONTINUATION frames as it takes. */
export function longHeaders(streamId: number, fields: readonly Field[], flags = 0): Buffer {
  const block = hpack(fields);
  const size = 16_384;
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += size) {
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    const last = at + size >= block.length ? FLAG.endHeaders : 0;
    frames.push(frame(type, last | (at === 0 ? flags : 0), streamId, block.subarray(at, at + size)));
  }
  return Buffer.concat(frames);
}

export function data(streamId: number, payload: Uint8Array, flags = 0): Buffer {
  return frame(FRAME.data, flags, streamId, payload);
}

/** A gRPC message with its prefix. The length in the prefix can be a wrong one. */
export function grpcMessage(message: Uint8Array, lengthBytes = message.length, flag = 0): Buffer {
  return Buffer.concat([Buffer.from([flag]), uint32(lengthBytes), message]);
}
