import * as z from "zod/mini";
import { ValidationError, type ValidationIssue } from "../errors.js";
import { CallSite } from "../util/call-site.js";
import { messageOf } from "../util/message-of.js";
import { printable } from "../util/printable.js";
import type { Subject } from "../util/subject.js";
import type { Schema } from "./building-blocks.js";
import { unlistedIn } from "./issues.js";
import { nearestName } from "./suggestion.js";

const NAMESPACE_EXAMPLES = 'for example "default" (ctr), "k8s.io" (Kubernetes) or "moby" (Docker)';

/**
 * What an issue is about: a text names the argument in issues about it as a whole, such as `options`; a list stands
 * before the path of every issue, as `condition` in `condition.digest`.
 */
type Place = string | readonly (string | number)[];

/** A checked copy of `input`; throws a `ValidationError` that lists the broken rules. */
export function validate<T>(schema: Schema<T>, input: unknown, subject: Subject, place: Place): T {
  const result = parsed(schema, input, subject, place);
  if (result.success) return result.data;
  const { issues } = result.error;
  throw invalid(
    issues.flatMap((issue) => validationIssues(issue, place)),
    subject,
    { unlisted: issues.reduce((sum, issue) => sum + unlistedIn(issue), 0) },
  );
}

const NO_OPTIONS: object = Object.freeze({});

/**
 * A checked copy of the options of a call. Most calls have none, and then nothing is checked, because that takes time.
 * So it is not for options of which one is required, or must not be inherited from `Object.prototype`.
 */
export function validateOptions<T>(schema: Schema<T>, options: T | undefined, subject: Subject): T {
  return options === undefined ? (NO_OPTIONS as T) : validate(schema, options, subject, "options");
}

// Reading the input can throw: getters and proxies run the caller's code.
function parsed<T>(schema: Schema<T>, input: unknown, subject: Subject, place: Place) {
  try {
    return z.safeParse(schema(), input);
  } catch (cause) {
    throw invalid([{ path: pathText([], place), message: `cannot be read: ${messageOf(cause)}` }], subject, { cause });
  }
}

/** The error for rules that no schema checks. */
export function invalid(
  issues: readonly ValidationIssue[],
  subject: Subject,
  { unlisted = 0, cause }: { readonly unlisted?: number; readonly cause?: unknown } = {},
): ValidationError {
  // Not for a namespace in the wrong place, as in a record.
  const isNamespace = issues.some(({ path, message }) => path === "namespace" && /^(?:must|is required)/.test(message));
  const hint = isNamespace ? `name a namespace, ${NAMESPACE_EXAMPLES}` : undefined;
  const { method, namespace, imageName } = subject;
  const issueCount = issues.length + unlisted;
  const shownIssues = issues.map(({ path, message }) => ({ path, message: printable(message) }));
  const error = new ValidationError(shownIssues, { method, namespace, imageName, hint, issueCount, cause });
  return new CallSite().mark(error);
}

/** The result of `make`; an error that it throws becomes a `ValidationError`. */
export function wrapErrors<T>(make: () => T, subject: Subject): T {
  try {
    return make();
  } catch (error) {
    throw invalid([{ path: "", message: messageOf(error) }], subject);
  }
}

function validationIssues(issue: z.core.$ZodIssue, place: Place): ValidationIssue[] {
  if (unlistedIn(issue) > 0) return [];
  if (issue.code !== "unrecognized_keys") return [{ path: pathText(issue.path, place), message: issue.message }];
  const known = issue.message.split(" "); // as objectOf has listed them
  return issue.keys.map((key, index) => ({
    path: pathText([...issue.path, key], place),
    message: index < MAX_SUGGESTIONS ? unknownField(key, known) : UNKNOWN_FIELD,
  }));
}

const UNKNOWN_FIELD = "is not a known field";

/** Of very many unknown fields only the first ones get a suggestion: to look for one takes time. */
const MAX_SUGGESTIONS = 100;

function unknownField(key: string, known: readonly string[]): string {
  const map = known.find((name) => key.startsWith(`${name}.`));
  if (map !== undefined)
    return `${UNKNOWN_FIELD}; did you mean ${map}: { ${JSON.stringify(key.slice(map.length + 1))}: … }?`;
  const name = nearestName(key, known);
  return name === undefined ? UNKNOWN_FIELD : `${UNKNOWN_FIELD}; did you mean ${name}?`;
}

/** `target.digest`, `names[2]`, `labels["a.b"]`, and `labels[""]`, which zod itself prints as `labels.`. */
function pathText(path: readonly PropertyKey[], place: Place): string {
  if (typeof place === "string") return path.length === 0 ? place : pathText(path, []);
  const part = (key: PropertyKey) => {
    if (typeof key === "string") return /^[\w$]+$/.test(key) ? `.${key}` : `[${printable(JSON.stringify(key))}]`;
    return `[${String(key)}]`;
  };
  return [...place, ...path].map(part).join("").replace(/^\./, "");
}
