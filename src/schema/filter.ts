import { sizeProblem } from "../filters/compile.js";
import { onFilterError } from "../filters/errors.js";
import { TREE } from "../filters/filter-node.js";
import { all, check, type Filter, isFilter } from "../filters/index.js";
import { CallSite } from "../util/call-site.js";
import type { Subject } from "../util/subject.js";
import { isObject, neverThrowing } from "./building-blocks.js";
import { hasOptions } from "./options.js";
import { kindOf } from "./shown.js";
import { invalid } from "./validate.js";

onFilterError((error) => new CallSite().mark(error));

/**
 * Throws for what is no filter, for a filter that the server would accept and never match, and for one that takes more
 * strings than a request may have, unless it is only matched here (`isLocal`).
 */
export function validateFilter(filter: Filter, subject: Subject, isLocal?: boolean): void {
  if (!isFilter(filter)) {
    const rule = "must be a filter: build one with field, anyOf and allOf, or read a string with parse";
    throw invalid([{ path: "filter", message: `${rule}; got ${describe(filter)}` }], subject);
  }
  const problem = !isLocal && sizeProblem(filter[TREE]);
  const issues = problem ? [{ message: problem }] : check(filter);
  if (issues.length > 0)
    throw invalid(
      issues.map(({ message }) => ({ path: "filter", message })),
      subject,
    );
}

function describe(given: unknown): string {
  if (hasOptions(given)) return `${kindOf(given)}; options come second`;
  return isField(given) ? "a field without a condition, such as .present() or .equals(value)" : kindOf(given);
}

const isField = neverThrowing((given) => isObject(given) && "equals" in given);

/**
 * The arguments of a method that takes a filter and options, or options alone: `list(options)` is `list(all, options)`.
 * The filter is checked, the options are not.
 *
 * An object without fields, or with fields that are no options, is not taken for options, because it may be meant as a
 * filter: `structuredClone` makes an empty object of one.
 */
export function filterAndOptions<Options>(
  first: Filter | Options | undefined,
  options: Options | undefined,
  subject: Subject,
): readonly [filter: Filter, options: Options | undefined] {
  const isAlone = options === undefined && !isFilter(first);
  if (isAlone && hasOptions(first)) return [all, first as Options];
  const filter = first === undefined ? all : (first as Filter); // checked next
  validateFilter(filter, subject);
  return [filter, options];
}
