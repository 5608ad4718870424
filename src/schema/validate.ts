import { isDate } from "node:util/types";
import * as z from "zod/mini";
import { ValidationError, type ValidationIssue } from "../errors.js";
import { CallSite } from "../util/call-site.js";
import { lazy } from "../util/lazy.js";
import { messageOf } from "../util/message-of.js";
import { hasPlainPrototype } from "../util/plain-prototype.js";
import { printable } from "../util/printable.js";
import { kindOf, shown } from "./shown.js";
import { nearestName } from "./suggestion.js";

/** What an error says besides its issues. */
export interface Subject {
  readonly method: string;
  readonly namespace: string;
  readonly imageName?: string | undefined;
}

const NAMESPACE_EXAMPLES = 'for example "default" (ctr), "k8s.io" (Kubernetes) or "moby" (Docker)';

const IS_REQUIRED = "is required";

/** How many issues of one map or list are kept; the others are only counted. */
const MAX_ENTRY_ISSUES = 100;

/**
 * One schema for each field of `T`: where it is asked for with `satisfies`, a field that is added to `T` does not
 * compile until it has a schema.
 */
export type FieldSchemas<T> = { readonly [Field in keyof Required<T>]: z.ZodMiniType<T[Field]> };

/**
 * What an issue is about: a text names the argument in issues about it as a whole, such as `options`; a list stands
 * before the path of every issue, as `condition` in `condition.digest`.
 */
type Place = string | readonly (string | number)[];

/**
 * A schema that is made when it is first used. All schemas are made like this: making every one took a quarter of the
 * time of an import, and most programs use few of them.
 */
export type Schema<T> = () => z.ZodMiniType<T>;

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
  const isNamespace = issues.some((issue) => issue.path === "namespace");
  const hint = isNamespace ? `name a namespace, ${NAMESPACE_EXAMPLES}` : undefined;
  const { method, namespace, imageName } = subject;
  const issueCount = issues.length + unlisted;
  const shownIssues = issues.map(({ path, message }) => ({ path, message: printable(message) }));
  const error = new ValidationError(shownIssues, { method, namespace, imageName, hint, issueCount, cause });
  return new CallSite().mark(error);
}

/** Where a transform adds its issues. */
export interface IssueList {
  readonly issues: z.core.$ZodRawIssue[];
}

/** Adds an issue; `path` leads from the value that is transformed to what the issue is about. */
export function addIssue({ issues }: IssueList, message: string, path: readonly PropertyKey[] = []): void {
  issues.push({ code: "custom", message, path: [...path], input: undefined });
}

/** What is wrong with one entry of a map or list. */
export interface EntryIssue {
  readonly key: string | number;
  readonly message: string;
}

/**
 * Adds what is wrong with the entries of one map or list. Of very many issues it adds the first ones and a count: zod
 * copies each issue at every level, and passes all of them as the arguments of one call, which overflows the stack from
 * some ten thousand on.
 */
export function addIssues(context: IssueList, found: readonly EntryIssue[]): void {
  for (const { key, message } of found.slice(0, MAX_ENTRY_ISSUES)) addIssue(context, message, [key]);
  const unlisted = found.length - MAX_ENTRY_ISSUES;
  if (unlisted > 0) context.issues.push({ code: "custom", message: "", input: undefined, params: { unlisted } });
}

function unlistedIn(issue: z.core.$ZodIssue): number {
  return issue.code === "custom" ? Number(issue.params?.["unlisted"] ?? 0) : 0;
}

/** The value of a nested parse; `undefined` if it failed, and then its issues are added to those of the outer parse. */
export function mergeIssues<T>(result: z.core.util.SafeParseResult<T>, { issues }: IssueList): T | undefined {
  if (result.success) return result.data;
  for (const issue of result.error.issues) issues.push({ ...issue, path: [...issue.path], input: undefined });
  return undefined;
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

/** "is required" for a field that is absent; for any other wrong value the rule, and the value. Not for secrets. */
export function wrong(message: string): z.core.$ZodErrorMap {
  return ({ input }) => (input === undefined ? IS_REQUIRED : `${message}, got ${shown(input)}`);
}

/** As {@link wrong}, but a text is not shown, because it may be a secret where an object is expected. */
export function wrongKind(message: string): z.core.$ZodErrorMap {
  return ({ input }) => {
    if (input === undefined) return IS_REQUIRED;
    return `${message}, got ${typeof input === "string" ? kindOf(input) : shown(input)}`;
  };
}

/** The same test; a value that cannot be read, such as a revoked proxy, does not pass instead of throwing. */
export function neverThrowing(test: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => {
    try {
      return test(value);
    } catch {
      return false;
    }
  };
}

/** An object of any kind, also an array; no function. */
export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** A plain object of any realm, or one without a prototype. */
export const isPlainObject = neverThrowing((value) => isObject(value) && hasPlainPrototype(value));

/** A Date of any realm. */
export const isValidDate = (value: unknown): value is Date => isDate(value) && !Number.isNaN(value.getTime());

export const isFunction = (value: unknown) => typeof value === "function";

/** A schema for the values that pass a test. */
export function passing<T>(test: (value: unknown) => boolean, error: string | z.core.$ZodErrorMap) {
  return z.custom<T>(neverThrowing(test), { error });
}

/** `schema` for plain objects; anything else is an issue. */
export function plainObjectOf<T>(schema: z.ZodMiniType<T>, message = "must be a plain object") {
  return z.pipe(passing<unknown>(isPlainObject, wrongKind(message)), schema);
}

/** A copy of any plain object. */
export const plainObject = lazy(() => plainObjectOf(z.transform((given: unknown) => ({ ...(given as object) }))));

/** A plain object with these fields and no others. `example` shows in the message what such an object looks like. */
export function objectOf<Shape extends Readonly<Record<string, z.ZodMiniType>>>(
  fields: Shape,
  { example, checks = [] }: ObjectRules<z.core.$InferObjectOutput<Shape, Record<never, never>>> = {},
) {
  // The message of zod's one issue for all unknown fields carries the names of the known ones to validationIssues.
  const known = Object.keys(fields).filter((name) => fields[name] !== ignored() && !isForbidden(fields[name]));
  const object = z.strictObject(fields, { error: () => known.join(" ") });
  const message = example === undefined ? undefined : `must be a plain object, such as ${example}`;
  return plainObjectOf(object.check(...checks), message);
}

/**
 * `schema` for options with which a call destroys more. zod reads what an object inherits, too, so that what somebody
 * has added to `Object.prototype` would be such an option; here only own fields count.
 */
export function ownOf<T extends object>(schema: z.ZodMiniType<T>): z.ZodMiniType<T> {
  return z.pipe(z.transform(ownFields<unknown>), z.pipe(schema, z.transform(ownFields<T>)));
}

function ownFields<T>(given: T): T {
  return isPlainObject(given) ? { __proto__: null, ...given } : given;
}

/** An object of this schema, or one of the values that stand alone; `rule` says what both are. */
export function objectOr<T, V extends boolean>(values: readonly V[], schema: Schema<T>, rule: string) {
  return z.transform((input: unknown, context): T | V => {
    const value = values.find((each) => each === input);
    if (value !== undefined) return value;
    if (isObject(input)) return mergeIssues(z.safeParse(schema(), input), context) ?? z.NEVER;
    addIssue(context, `${rule}, got ${shown(input)}`);
    return z.NEVER;
  });
}

interface ObjectRules<T> {
  readonly example?: string;
  readonly checks?: readonly z.core.$ZodCheck<T>[];
}

/** A known field whose value does not matter. It is accepted so that a record that was read can be passed whole. */
export const ignored = lazy<z.ZodMiniType<undefined>>(() => z.transform(() => undefined));

/** A field that the type of an object forbids, because structural typing would let another kind of object pass. */
export function forbidden(message: string) {
  return z.optional(z.never({ error: message }));
}

function isForbidden(schema: z.ZodMiniType | undefined): boolean {
  return schema instanceof z.ZodMiniOptional && schema.def.innerType instanceof z.ZodMiniNever;
}
