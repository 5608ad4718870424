import { HEX_LENGTHS } from "../util/digest.js";
import { failAt } from "./errors.js";
import { endOfRun } from "./scan.js";

const NOT_HEX = /[^a-f0-9]/g;

/** Checks that everything from `start` on is a digest. */
export function checkDigest(text: string, start: number): void {
  const colon = text.indexOf(":", start);
  const hexLength = HEX_LENGTHS.get(text.slice(start, Math.max(start, colon)));
  if (hexLength === undefined) failAt(text, start, "a digest begins with sha256:, sha384: or sha512:");
  const end = endOfRun(text, colon + 1, NOT_HEX);
  if (end < text.length) failAt(text, end, "a digest has lower case hexadecimal digits");
  const wanted = colon + 1 + hexLength;
  if (end !== wanted) failAt(text, Math.min(end, wanted), `this digest has to have ${hexLength} hexadecimal digits`);
}
