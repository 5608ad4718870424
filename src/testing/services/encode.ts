import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Profile } from "../profile.js";
import { bytesOf } from "../store/utf8.js";

/** Encodes a response as the version does. Text that is not UTF-8 is returned unchanged. */
export function encodeResponse<Desc extends DescMessage>(
  desc: Desc,
  message: MessageShape<Desc>,
  { checksUtf8 }: Profile,
): Uint8Array {
  if (checksUtf8) return toBinary(desc, message);
  const writer = new BinaryWriter(bytesOf);
  writeMessage(writer, reflect(desc, message, false));
  return writer.finish();
}

// Responses have no other kinds of fields: all lists are of messages, and all maps from string to string.
function writeMessage(writer: BinaryWriter, message: ReflectMessage): void {
  for (const field of message.sortedFields) {
    if (!message.isSet(field)) continue;
    const { number } = field;
    const write = (content: () => void) => {
      writer.tag(number, WireType.LengthDelimited).fork();
      content();
      writer.join();
    };
    if (field.fieldKind === "map") {
      for (const [key, value] of message.get(field)) write(() => writeEntry(writer, String(key), String(value)));
    } else if (field.fieldKind === "list") {
      for (const item of message.get(field)) write(() => writeMessage(writer, item as ReflectMessage));
    } else if (field.fieldKind === "message") write(() => writeMessage(writer, message.get(field)));
    else if (field.fieldKind === "scalar") writeScalar(writer, number, message.get(field));
  }
}

function writeEntry(writer: BinaryWriter, key: string, value: string): void {
  for (const [index, text] of [key, value].entries()) writer.tag(index + 1, WireType.LengthDelimited).string(text);
}

function writeScalar(writer: BinaryWriter, number: number, value: unknown): void {
  if (typeof value === "string") writer.tag(number, WireType.LengthDelimited).string(value);
  else if (value instanceof Uint8Array) writer.tag(number, WireType.LengthDelimited).bytes(value);
  else if (typeof value === "number") writer.tag(number, WireType.Varint).int32(value);
  else if (typeof value === "bigint") writer.tag(number, WireType.Varint).int64(BigInt.asIntN(64, value));
}
