import type { ResponseDecoder } from "../rpc/response-decoder.js";
import type { ResponseDraft } from "./draft.js";
import { FieldPieces } from "./field-pieces.js";
import { Reader } from "./reader.js";

/**
 * A decoder that reads a response into a new draft, at once or while it arrives. `usual` may read a usual response in a
 * faster way.
 */
export function decoderOf<T>(
  start: () => ResponseDraft<T>,
  usual?: (message: Uint8Array) => T | undefined,
): ResponseDecoder<T> {
  return {
    whole: (message) => {
      const value = usual?.(message);
      if (value !== undefined) return value;
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
