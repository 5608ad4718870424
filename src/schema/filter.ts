import { check, type Filter, isFilter } from "../filters/index.js";
import { invalid, type Subject } from "./check.js";

/** Refuses what is no filter, and a filter that the server would answer with silence instead of an error. */
export function checkFilter(filter: Filter, subject: Subject): void {
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
