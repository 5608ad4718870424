import type { Reader } from "./reader.js";

/** A message that is being read, field by field. */
export interface Draft {
  /** The wire type by which the field is read. Known fields have a fixed one, whatever their tag says. */
  wireType(tag: number): number;
  /** Reads the field whose tag was just read. */
  readField(reader: Reader, tag: number): void;
  /** The submessage in this field, if a large one is read while it arrives. */
  submessage?(field: number): Draft | undefined;
}

/** A draft that becomes a value. */
export interface ResponseDraft<T> extends Draft {
  /** The value, once all fields have been read. */
  finished(): T;
}

/** The numbers of a message's fields, as `fields.ts` names them. */
type Fields = Readonly<Record<string, number>>;

/**
 * The numbers that a message's fields have. A `switch` over a field of this type proves in its `default`, by
 * `field satisfies never`, that it names all fields; unknown fields go there as well.
 */
export type FieldNumber<Message extends Fields> = Message[keyof Message];

/** Implements {@link Draft.wireType} for a message of these fields, each with its own wire type. */
export function wireTypes<Message extends Fields>(
  fields: Message,
  types: { readonly [Name in keyof Message]: number },
): Draft["wireType"] {
  const byNumber: (number | undefined)[] = [];
  for (const [name, number] of Object.entries(fields)) byNumber[number] = types[name];
  return (tag) => byNumber[tag >>> 3] ?? tag & 7;
}
