import { type DescField, type DescMessage, fromBinary, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Profile } from "../profile.js";
import { Status } from "../status.js";

/** Decodes a request as the version's own decoder does, with its leniency, or throws the status that it answers. */
export function decodeRequest<Desc extends DescMessage>(
  desc: Desc,
  bytes: Uint8Array,
  profile: Profile,
): MessageShape<Desc> {
  try {
    return fromBinary(desc, acceptMessage(desc, bytes, profile));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Status("internal", `grpc: error unmarshalling request: ${reason}`);
  }
}

/** What of a message the version reads, re-encoded: fields that it does not know are left out. */
function acceptMessage(desc: DescMessage, bytes: Uint8Array, profile: Profile): Uint8Array {
  const known = new Map(desc.fields.filter((field) => isKnown(field, profile)).map((field) => [field.number, field]));
  return acceptFields(bytes, profile, (number) => known.get(number));
}

function acceptFields(
  bytes: Uint8Array,
  profile: Profile,
  fieldOf: (number: number) => DescField | "string" | undefined,
): Uint8Array {
  const reader = new BinaryReader(bytes);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fieldOf(number);
    if (field !== undefined && wireType === wireTypeOf(field)) {
      writer.tag(number, wireType);
      if (wireType === WireType.Varint) writer.int64(reader.int64());
      else writer.bytes(acceptValue(field, reader.bytes(), profile));
    } else if (field !== undefined && profile.checksWireTypes) {
      throw new Error(`proto: wrong wireType = ${wireType} for field ${number}`);
    } else if (wireType === WireType.Varint) {
      reader.int64(); // as skip() does, but no longer than a varint may be
    } else reader.skip(wireType, number);
  }
  return writer.finish();
}

function wireTypeOf(field: DescField | "string"): WireType {
  const isVarint = field !== "string" && field.fieldKind === "scalar" && field.scalar !== ScalarType.STRING;
  return isVarint ? WireType.Varint : WireType.LengthDelimited;
}

function acceptValue(field: DescField | "string", value: Uint8Array, profile: Profile): Uint8Array {
  if (field === "string") return acceptString(value, profile);
  if (field.fieldKind === "map") return acceptFields(value, profile, entryField);
  if (field.message === undefined) return acceptString(value, profile);
  const accepted = acceptMessage(field.message, value, profile);
  if (profile.checksTimestamps && field.message.typeName === TimestampSchema.typeName) {
    checkTimestamp(fromBinary(TimestampSchema, accepted));
  }
  return accepted;
}

// Every map of these messages goes from string to string: key 1, value 2.
function entryField(number: number): "string" | undefined {
  return number === 1 || number === 2 ? "string" : undefined;
}

const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

function acceptString(value: Uint8Array, { checksUtf8 }: Profile): Uint8Array {
  if (!checksUtf8) return Buffer.from(lenientUtf8.decode(value));
  try {
    strictUtf8.decode(value);
    return value;
  } catch {
    throw new Error("string field contains invalid UTF-8");
  }
}

const firstSecond = -62_135_596_800n; // 0001-01-01
const lastSecond = 253_402_300_799n; // 9999-12-31

function checkTimestamp({ seconds, nanos }: Timestamp): void {
  if (seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos < 1e9) return;
  throw new Error(`timestamp: ${seconds} s and ${nanos} ns are out of range`);
}

// The fields that came with a version, and the switch that says whether it has them.
function isKnown(field: DescField, { deleteTarget, sourceDateEpoch }: Profile): boolean {
  if (field === DeleteImageRequestSchema.field.target) return deleteTarget;
  if (field === CreateImageRequestSchema.field.sourceDateEpoch) return sourceDateEpoch;
  return field === UpdateImageRequestSchema.field.sourceDateEpoch ? sourceDateEpoch : true;
}
