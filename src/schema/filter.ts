import { check, type Filter, isFilter } from "../filters/index.js";
import { invalid, type Subject } from "./validate.js";

/** Throws for what is no filter, and for a filter that the server would accept and never match. */
export function validateFilter(filter: Filter, subject: Subject): void {
  if (!isFilter(filter)) {
    const message = "must be a filter: build one with field, anyOf and allOf, or read a string with parse";
    throw invalid([{ path: "filter", message }], subject);
  }
  const issues = check(filter);
  if (issues.length > 0)
    throw invalid(
      issues.map(({ message }) => ({ path: "filter", message })),
      subject,
    );
}
