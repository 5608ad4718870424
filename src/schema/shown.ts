import { isDate, isPromise } from "node:util/types";
import { printable, shortened } from "../util/printable.js";

/** How much of a text a message shows, in UTF-16 units. */
const MAX_SHOWN_LENGTH = 40;

/**
 * A value, as a message shows it: a text is shortened and escaped, and of an object only the kind is shown. Do not use
 * it for what may be a secret; {@link kindOf} never shows a value.
 */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return `${shortened(String(value), MAX_SHOWN_LENGTH)}n`;
    case "number":
    case "boolean":
      return String(value);
    default:
      return isDate(value) && Number.isNaN(value.getTime()) ? "an invalid Date" : kindOf(value);
  }
}

/** The length is shown too, because a digest is often one digit too short. */
function quoted(text: string): string {
  const quotedText = printable(`"${shortened(text, MAX_SHOWN_LENGTH)}"`);
  return text.length > MAX_SHOWN_LENGTH ? `${quotedText} (${text.length} characters)` : quotedText;
}

/** What kind of value it is, for example `a string`, `an array` or `an AbortSignal`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (isPromise(value)) return "a Promise (await it)";
  const kind = typeof value === "object" ? classOf(value) : typeof value;
  return /^[aeio]/i.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** The name of an object's class, or "object": it may be a proxy that throws, or have a constructor of any kind. */
function classOf(value: object): string {
  try {
    if (Array.isArray(value)) return "array";
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" && /^(?!Object$)[A-Z]\w{0,29}$/.test(name) ? name : "object";
  } catch {
    return "object";
  }
}
