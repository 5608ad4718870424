import type { Reader } from "./reader.js";

/** A message in the course of being read, field by field. */
export interface Draft {
  /** The wire type by which the field is read. Known fields have their own, whatever the tag says. */
  wireType(tag: number): number;
  /** Reads the field whose tag was just read. */
  readField(reader: Reader, tag: number): void;
  /** The submessage in such a field, where a large one need not be there as a whole to be read. */
  submessage?(field: number): Draft | undefined;
}
