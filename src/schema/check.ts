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

/** Copies `input` while checking it; throws a `ValidationError` that lists every broken rule. */
export function check<T>(schema: z.ZodMiniType<T>, input: unknown, subject: Subject, path: readonly string[] = []): T {
  const result = z.safeParse(schema, input);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.flatMap((issue) => describe(issue, path)),
    subject,
  );
}

/** The error for rules that no schema expresses. */
export function invalid(issues: readonly ValidationIssue[], subject: Subject): ValidationError {
  const isNamespace = issues.some((issue) => issue.path === "namespace");
  const hint = isNamespace ? `name a namespace, ${NAMESPACE_EXAMPLES}` : undefined;
  return new ValidationError(issues, { ...subject, imageName: subject.imageName, hint });
}

/** What `make` gives; what it throws becomes a `ValidationError`. */
export function attempt<T>(make: () => T, subject: Subject): T {
  try {
    return make();
  } catch (error) {
    throw invalid([{ path: "", message: error instanceof Error ? error.message : String(error) }], subject);
  }
}

function describe(issue: z.core.$ZodIssue, base: readonly string[]): ValidationIssue[] {
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

// Of any realm, or without a prototype; a Map or a class instance would lose its contents on the way.
function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === undefined) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** Lets `schema` see plain objects only. */
export function plain<T>(schema: z.ZodMiniType<T>) {
  return z.pipe(z.custom<unknown>(isPlainObject, { error: missingOr("must be a plain object") }), schema);
}

/** Anything that is a plain object, whatever is in it. */
export const plainObject = plain(z.unknown());
