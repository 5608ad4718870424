import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Image as ImageMessage } from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Image } from "../../../src/image.js";

/** The result of reading bytes: a value, or a rejection. */
export type Reading<T> = { readonly value: T } | "refused";

/** Reads with `read`; an error of this class is a rejection. */
export function reading<T>(read: () => T, refusal: new (message: string) => Error = Error): Reading<T> {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof refusal) return "refused";
    throw error;
  }
}

/**
 * The value that protobuf-es reads, as a plain value; a rejection if a field passes the end of its submessage, or if an
 * entry of a map has very many fields. In the first case protobuf-es reads on, but all other decoders, including the
 * server's, reject the message.
 */
export function reference<D extends DescMessage, T>(
  desc: D,
  bytes: Uint8Array,
  plain: (message: MessageShape<D>) => T,
): Reading<T> {
  return reading(() => {
    const message = fromBinary(desc, bytes);
    if (overruns(desc, bytes)) throw new Error("a field overruns its message");
    return plain(message);
  });
}

/** Whether a field of bytes that protobuf-es reads runs past the end of its submessage, or an entry over its limit. */
export function overruns(desc: DescMessage, bytes: Uint8Array): boolean {
  return runsOver(desc, new BinaryReader(bytes), bytes.length);
}

const STRING = 9;
const stringEntry = new Map([
  [1, STRING],
  [2, STRING],
]);

// Reads as protobuf-es does: by the field number, with any wire type.
function runsOver(desc: DescMessage, reader: BinaryReader, length: number): boolean {
  const end = reader.pos + length;
  const fields = new Map(desc.fields.map((field) => [field.number, field]));
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = fields.get(number);
    if (field === undefined) reader.skip(wireType, number);
    else if (field.fieldKind === "map") {
      if (entryRunsOver(reader, reader.uint32())) return true;
    } else if (field.message !== undefined) {
      if (runsOver(field.message, reader, reader.uint32())) return true;
    } else readScalar(reader, field.scalar);
  }
  return reader.pos !== end;
}

/** Entries with more fields are rejected by this library only: nobody writes them, and reading them takes long. */
const MAX_ENTRY_FIELDS = 100;

function entryRunsOver(reader: BinaryReader, length: number): boolean {
  const end = reader.pos + length;
  for (let fields = 0; reader.pos < end; fields += 1) {
    if (fields === MAX_ENTRY_FIELDS) return true;
    const [number, wireType] = reader.tag();
    if (stringEntry.has(number)) reader.bytes();
    else reader.skip(wireType, number);
  }
  return reader.pos !== end;
}

function readScalar(reader: BinaryReader, type: number | undefined): void {
  if (type === STRING) reader.bytes();
  else reader.uint64();
}

/** The image of a response as the library shows it. */
export function plainImage(image: ImageMessage): Image {
  return {
    name: image.name,
    labels: ownEntries(image.labels),
    target: {
      mediaType: image.target?.mediaType ?? "",
      digest: image.target?.digest ?? "",
      size: Number(image.target?.size ?? 0n),
      annotations: ownEntries(image.target?.annotations ?? {}),
    },
    createdAt: plainDate(image.createdAt),
    updatedAt: plainDate(image.updatedAt),
  };
}

// The same keys in an object of the same kind, __proto__ included.
function ownEntries(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map));
}

const MAX_MS = 8_640_000_000_000_000n;

function plainDate({ seconds, nanos }: Pick<Timestamp, "seconds" | "nanos"> = { seconds: 0n, nanos: 0 }): Date {
  const ms = seconds * 1_000n + BigInt(Math.floor(nanos / 1e6));
  return new Date(Number(ms > MAX_MS ? MAX_MS : ms < -MAX_MS ? -MAX_MS : ms));
}
