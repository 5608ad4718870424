import type { ResponseDecoder } from "../rpc/response-decoder.js";
import type { ResponseDraft } from "./draft.js";
import { FieldPieces } from "./field-pieces.js";
import { Reader } from "./reader.js";

/** A decoder that reads a response into a new draft, at once or while it arrives. */
export function decoderOf<T>(start: () => ResponseDraft<T>): ResponseDecoder<T> {
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
