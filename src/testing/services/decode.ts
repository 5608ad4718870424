import {
  create,
  type DescField,
  type DescMessage,
  isMessage,
  type Message,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { messageOf } from "../../util/message-of.js";
import type { Profile } from "../profile.js";
import { Status } from "../status.js";
import { textOf } from "../store/utf8.js";

/** Decodes a request as leniently as the version's own decoder, or throws the status that the version returns. */
export function decodeRequest<Desc extends DescMessage>(
  desc: Desc,
  bytes: Uint8Array,
  profile: Profile,
): MessageShape<Desc> {
  const message = create(desc);
  try {
    readMessage(reflect(desc, message, false), bytes, profile);
    return message;
  } catch (error) {
    throw new Status("internal", `grpc: error unmarshalling request: ${messageOf(error)}`);
  }
}

/** Reads the fields that the version knows into a message. */
function readMessage(message: ReflectMessage, bytes: Uint8Array, profile: Profile): void {
  readFields(bytes, profile, (number) => {
    const field = message.findNumber(number);
    if (field === undefined || !isKnown(field, profile)) return undefined;
    return { wireType: wireTypeOf(field), read: (reader) => readField(message, field, reader, profile) };
  });
}

/** How a field is to be read. */
interface FieldReader {
  readonly wireType: WireType;
  read(reader: BinaryReader): void;
}

function readFields(
  bytes: Uint8Array,
  { checksWireTypes }: Profile,
  fieldOf: (number: number) => FieldReader | undefined,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fieldOf(number);
    if (field?.wireType === wireType) field.read(reader);
    else if (field !== undefined && checksWireTypes) {
      throw new Error(`proto: wrong wireType = ${wireType} for field ${number}`);
    } else if (wireType === WireType.Varint) {
      reader.int64(); // as skip() does, but no longer than a varint may be
    } else reader.skip(wireType, number);
  }
}

const HAVE_LENGTH: ReadonlySet<ScalarType> = new Set([ScalarType.STRING, ScalarType.BYTES]);

function wireTypeOf(field: DescField): WireType {
  const isVarint = field.fieldKind === "scalar" && !HAVE_LENGTH.has(field.scalar);
  return isVarint ? WireType.Varint : WireType.LengthDelimited;
}

// Requests have no other kinds of fields: all lists are of strings, and all maps from string to string.
function readField(message: ReflectMessage, field: DescField, reader: BinaryReader, profile: Profile): void {
  if (field.fieldKind === "map") message.get(field).set(...readEntry(reader.bytes(), profile));
  else if (field.fieldKind === "list") message.get(field).add(readString(reader, profile));
  else if (field.fieldKind === "message") {
    const inner = message.get(field);
    readMessage(inner, reader.bytes(), profile);
    if (profile.checksTimestamps) checkTimestamp(inner.message);
    message.set(field, inner);
  } else if (field.fieldKind === "scalar") message.set(field, readScalar(field.scalar, reader, profile));
}

function readEntry(bytes: Uint8Array, profile: Profile): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  readFields(bytes, profile, (number) => {
    if (number !== 1 && number !== 2) return undefined;
    const read = (reader: BinaryReader) => {
      entry[number - 1] = readString(reader, profile);
    };
    return { wireType: WireType.LengthDelimited, read };
  });
  return entry;
}

function readScalar(
  type: ScalarType,
  reader: BinaryReader,
  profile: Profile,
): string | Uint8Array | boolean | number | bigint {
  if (type === ScalarType.STRING) return readString(reader, profile);
  if (type === ScalarType.BYTES) return reader.bytes();
  if (type === ScalarType.BOOL) return reader.bool();
  return type === ScalarType.INT32 ? reader.int32() : reader.int64();
}

function readString(reader: BinaryReader, { checksUtf8 }: Profile): string {
  const text = textOf(reader.bytes());
  if (checksUtf8 && !text.isWellFormed()) throw new Error("string field contains invalid UTF-8");
  return text;
}

const FIRST_SECOND = -62_135_596_800n; // 0001-01-01
const LAST_SECOND = 253_402_300_799n; // 9999-12-31

function checkTimestamp(message: Message): void {
  if (!isMessage(message, TimestampSchema)) return;
  const { seconds, nanos } = message;
  if (seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos < 1e9) return;
  throw new Error(`timestamp: ${seconds} s and ${nanos} ns are out of range`);
}

// The fields that only some versions have, each with the switch for it.
function isKnown(field: DescField, { deleteTarget, sourceDateEpoch }: Profile): boolean {
  if (field === DeleteImageRequestSchema.field.target) return deleteTarget;
  if (field === CreateImageRequestSchema.field.sourceDateEpoch) return sourceDateEpoch;
  return field === UpdateImageRequestSchema.field.sourceDateEpoch ? sourceDateEpoch : true;
}
