import { ReferenceSyntaxError, ValidationError } from "../errors.js";
import { CallSite } from "../util/call-site.js";
import { excerpt } from "../util/excerpt.js";

/** Throws the error for a reference; its message shows the text around the place, and a caret below it. */
export function failAt(input: string, position: number, reason: string): never {
  const message = `reference, position ${position}: ${reason}\n${excerpt(input, position)}`;
  throw new CallSite().mark(new ReferenceSyntaxError(message, { input, position, reason }));
}

/** Refuses what is no text. */
export function checkText(value: unknown): asserts value is string {
  if (typeof value === "string") return;
  const call = { method: "parseReference", namespace: "" };
  throw new CallSite().mark(new ValidationError([{ path: "reference", message: "must be a string" }], call));
}
