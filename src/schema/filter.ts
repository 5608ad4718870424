import type { ValidationError } from "../errors.js";
import { sizeProblem } from "../filters/compile.js";
import { onFilterError } from "../filters/errors.js";
import { TREE } from "../filters/filter-node.js";
import { all, check, type Filter, isFilter } from "../filters/index.js";
import { CallSite } from "../util/call-site.js";
import type { Subject } from "../util/subject.js";
import { isObject, neverThrowing, type Schema } from "./building-blocks.js";
import { hasOptions, hasOptionsOrScope } from "./options.js";
import { kindOf } from "./shown.js";
import { invalid, validateOptions } from "./validate.js";

onFilterError((error) => new CallSite().mark(error));

/** The error for a filter. */
export function invalidFilter(messages: readonly string[], subject: Subject): ValidationError {
  return invalid(
    messages.map((message) => ({ path: "filter", message })),
    subject,
  );
}

/** Throws for a filter that the server would accept and never match. */
export function validateSelectors(filter: Filter, subject: Subject): void {
  const messages = check(filter).map(({ message }) => message);
  if (messages.length > 0) throw invalidFilter(messages, subject);
}

/** As {@link validateSelectors}; throws also for a filter that takes more strings than a request may have. */
export function validateFilter(filter: Filter, subject: Subject): void {
  const problem = sizeProblem(filter[TREE]);
  if (problem) throw invalidFilter([problem], subject);
  validateSelectors(filter, subject);
}

function describe(given: unknown): string {
  if (hasOptions(given)) return `${kindOf(given)}; options come second`;
  return isField(given) ? "a field without a condition, such as .present() or .equals(value)" : kindOf(given);
}

const isField = neverThrowing((given) => isObject(given) && "equals" in given);

/**
 * The arguments of a method that takes a filter and options, or options alone: `list(options)` is `list(all, options)`.
 * Both are checked.
 *
 * An object without fields, or with fields that are no options, is not taken for options, because it may be meant as a
 * filter: `structuredClone` makes an empty object of one.
 */
export function filterAndOptions<Options>(
  first: Filter | Options | undefined,
  options: Options | undefined,
  schema: Schema<Options>,
  subject: Subject,
): readonly [filter: Filter, options: Options] {
  const isAlone = options === undefined && !isFilter(first);
  if (isAlone && hasOptionsOrScope(first)) return [all, validateOptions(schema, first as Options, subject)];
  const filter: unknown = first === undefined ? all : first;
  if (!isFilter(filter)) {
    const rule = "must be a filter: build one with field, anyOf and allOf, or read a string with parse";
    throw invalidFilter([`${rule}; got ${describe(filter)}`], subject);
  }
  validateFilter(filter, subject);
  return [filter, validateOptions(schema, options, subject)];
}
