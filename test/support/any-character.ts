import fc from "fast-check";

const SURROGATES = 0xdfff - 0xd800 + 1;

/**
 * Any character that UTF-8 can encode; all are equally likely. fast-check's own unit "binary" is the same, but makes a
 * map of all 1.1 million characters, which takes a second and most of the heap.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(0x10ffff - SURROGATES)
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + SURROGATES), indexOf);

function indexOf(character: unknown): number {
  const codePoint = typeof character === "string" ? character.codePointAt(0) : undefined;
  if (codePoint === undefined || String.fromCodePoint(codePoint) !== character || !character.isWellFormed())
    throw new TypeError("not one character");
  return codePoint < 0xd800 ? codePoint : codePoint - SURROGATES;
}
