import { gunzipSync, gzipSync } from "node:zlib";
import { Status } from "../status.js";
import { quote } from "../store/go-format.js";

/** The largest message that containerd receives or sends. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const PREFIX_BYTES = 5; // a flag and a length of 32 bits
const COMPRESSED = 1;

/** How the messages of a call are compressed. */
export type Encoding = "identity" | "gzip";

/** Reads `grpc-encoding`. If the server does not know the encoding, it throws `unimplemented`. */
export function encodingOf(header: string | undefined, hasGzip: boolean): Encoding {
  if (header === undefined || header === "" || header === "identity") return "identity";
  if (header === "gzip" && hasGzip) return "gzip";
  throw new Status("unimplemented", `grpc: Decompressor is not installed for grpc-encoding ${quote(header)}`);
}

/** Reads the one message of a request, up to the limit. */
export async function readMessage(body: AsyncIterable<Uint8Array>, encoding: Encoding): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  let wanted: number | undefined;
  for await (const chunk of body) {
    chunks.push(chunk);
    received += chunk.length;
    if (wanted === undefined && received >= PREFIX_BYTES) wanted = PREFIX_BYTES + lengthIn(Buffer.concat(chunks));
    if (wanted !== undefined && received >= wanted) break;
  }
  if (received === 0) throw new Status("unknown", "EOF");
  if (wanted === undefined || received < wanted) throw new Status("unknown", "unexpected EOF");
  const framed = Buffer.concat(chunks);
  return decompress(framed.subarray(PREFIX_BYTES, wanted), framed[0] ?? 0, encoding);
}

function lengthIn(prefix: Buffer): number {
  const length = prefix.readUInt32BE(1);
  checkSize("received message", length);
  return length;
}

function decompress(message: Uint8Array, flag: number, encoding: Encoding): Uint8Array {
  if (flag === 0) return message;
  if (flag !== COMPRESSED) throw new Status("internal", `grpc: received unexpected payload format ${flag}`);
  if (encoding === "identity") {
    throw new Status("internal", "grpc: compressed flag set with identity or empty encoding");
  }
  try {
    return gunzipSync(message, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    throw isLarge
      ? new Status(
          "resource_exhausted",
          `grpc: received message after decompression larger than max ${MAX_MESSAGE_BYTES}`,
        )
      : new Status("internal", "grpc: failed to decompress the received message");
  }
}

/** Puts the prefix before a response message. An empty one is not compressed. The limit is for what is sent. */
export function frame(message: Uint8Array, encoding: Encoding = "identity"): Uint8Array {
  const isCompressed = encoding === "gzip" && message.length > 0;
  const body = isCompressed ? gzipSync(message) : message;
  checkSize("trying to send message", body.length);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix[0] = isCompressed ? COMPRESSED : 0;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

function checkSize(doing: "received message" | "trying to send message", length: number): void {
  if (length <= MAX_MESSAGE_BYTES) return;
  throw new Status("resource_exhausted", `grpc: ${doing} larger than max (${length} vs. ${MAX_MESSAGE_BYTES})`);
}
