import * as z from "zod/mini";
import { ValidationError, type ValidationIssue } from "../errors.js";

/** What an error says besides its issues. */
export interface Subject {
  readonly method: string;
  readonly namespace: string;
  readonly imageName?: string | undefined;
}

/** What a namespace looks like, for whoever has to be told. */
export const NAMESPACE_EXAMPLES = 'for example "default" (ctr), "k8s.io" (Kubernetes) or "moby" (Docker)';

/** Issues of one request, and of one map or list of it, that are kept; of the others only the number. */
const MAX_ISSUES = 100;

/** Copies `input` while checking it; throws a `ValidationError` that lists the broken rules. */
export function check<T>(schema: z.ZodMiniType<T>, input: unknown, subject: Subject, path: readonly string[] = []): T {
  const result = parsed(schema, input, subject, path);
  if (result.success) return result.data;
  const { issues } = result.error;
  throw invalid(
    issues.flatMap((issue) => describe(issue, path)),
    subject,
    { unlisted: issues.reduce((sum, issue) => sum + unlistedIn(issue), 0) },
  );
}

// Reading can fail by itself: getters and proxies run code of the caller's.
function parsed<T>(schema: z.ZodMiniType<T>, input: unknown, subject: Subject, path: readonly string[]) {
  try {
    return z.safeParse(schema, input);
  } catch (cause) {
    throw invalid([{ path: pathText(path), message: `cannot be read: ${messageOf(cause)}` }], subject, { cause });
  }
}

/** The error for rules that no schema expresses. */
export function invalid(
  issues: readonly ValidationIssue[],
  subject: Subject,
  { unlisted = 0, cause }: { readonly unlisted?: number; readonly cause?: unknown } = {},
): ValidationError {
  const isNamespace = issues.some((issue) => issue.path === "namespace");
  const hint = isNamespace ? `name a namespace, ${NAMESPACE_EXAMPLES}` : undefined;
  const { method, namespace, imageName } = subject;
  const issueCount = issues.length + unlisted;
  return new ValidationError(issues.slice(0, MAX_ISSUES), { method, namespace, imageName, hint, issueCount, cause });
}

/** Where a transform leaves its issues. */
export interface Issues {
  readonly issues: z.core.$ZodRawIssue[];
}

/** What is wrong with one entry of a map or list. */
export interface EntryIssue {
  readonly key: string | number;
  readonly message: string;
}

/**
 * Adds what is wrong with the entries of one map or list. A few stand for very many: each issue is copied on its way
 * up, and zod spreads them into the arguments of a call, for which the stack has room for some ten thousands.
 */
export function addIssues({ issues }: Issues, found: readonly EntryIssue[]): void {
  for (const { key, message } of found.slice(0, MAX_ISSUES))
    issues.push({ code: "custom", message, path: [key], input: undefined });
  const unlisted = found.length - MAX_ISSUES;
  if (unlisted > 0) issues.push({ code: "custom", message: "", input: undefined, params: { unlisted } });
}

function unlistedIn(issue: z.core.$ZodIssue): number {
  return issue.code === "custom" ? Number(issue.params?.["unlisted"] ?? 0) : 0;
}

/** What `make` gives; what it throws becomes a `ValidationError`. */
export function wrapErrors<T>(make: () => T, subject: Subject): T {
  try {
    return make();
  } catch (error) {
    throw invalid([{ path: "", message: messageOf(error) }], subject);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describe(issue: z.core.$ZodIssue, base: readonly string[]): ValidationIssue[] {
  if (unlistedIn(issue) > 0) return [];
  const path = [...base, ...issue.path];
  if (issue.code !== "unrecognized_keys") return [{ path: pathText(path), message: issue.message }];
  return issue.keys.map((key) => ({ path: pathText([...path, key]), message: "is not a known field" }));
}

/** `target.digest`, `names[2]`, `labels["a.b"]`, and `labels[""]`, which zod's own writes as `labels.`. */
function pathText(path: readonly PropertyKey[]): string {
  const part = (key: PropertyKey) => {
    if (typeof key === "string") return /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    return `[${String(key)}]`;
  };
  return path.map(part).join("").replace(/^\./, "");
}

/** "is required" where a field is absent, `message` where it is something else. */
export function missingOr(message: string): z.core.$ZodErrorMap {
  return (issue) => (issue.input === undefined ? "is required" : message);
}

/** A test that nothing passes which cannot be looked at: a revoked proxy, a getter that throws. */
function careful(test: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => {
    try {
      return test(value);
    } catch {
      return false;
    }
  };
}

/** Of any realm, or without a prototype; a Map or a class instance would lose its contents on the way. */
export const isPlainObject = careful((value) => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === undefined) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
});

/** Lets through what passes a test. */
export function passing<T>(test: (value: unknown) => boolean, error: string | z.core.$ZodErrorMap) {
  return z.custom<T>(careful(test), { error });
}

/** Lets `schema` see plain objects only. */
export function plainObjectOf<T>(schema: z.ZodMiniType<T>) {
  return z.pipe(passing<unknown>(isPlainObject, missingOr("must be a plain object")), schema);
}

/** Anything that is a plain object, whatever is in it. */
export const plainObject = plainObjectOf(z.unknown());
