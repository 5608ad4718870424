import type { Decoder } from "../wire/wire.js";
import { FieldPieces } from "./field-pieces.js";
import { Reader } from "./reader.js";

/** A message in the course of being read, field by field. */
export interface Draft {
  /** The wire type by which the field is read. Known fields have their own, whatever the tag says. */
  wireType(tag: number): number;
  /** Reads the field whose tag was just read. */
  readField(reader: Reader, tag: number): void;
  /** The submessage in such a field, where a large one need not be there as a whole to be read. */
  submessage?(field: number): Draft | undefined;
}

/** A draft that becomes a value. */
export interface AnswerDraft<T> extends Draft {
  /** The value, once all fields have been read. */
  finished(): T;
}

/** Reads an answer into a draft, at once or while it arrives. */
export function decoderOf<T>(start: () => AnswerDraft<T>): Decoder<T> {
  return {
    whole: (message) => {
      const draft = start();
      const reader = new Reader(message);
      while (reader.more()) draft.readField(reader, reader.tag());
      return draft.finished();
    },
    pieces: () => {
      const draft = start();
      const pieces = new FieldPieces(draft);
      return {
        push: (piece) => pieces.push(piece),
        end: () => {
          pieces.end();
          return draft.finished();
        },
      };
    },
  };
}
