import { isDate } from "node:util/types";
import * as z from "zod/mini";
import { lazy } from "../util/lazy.js";
import { hasPlainPrototype } from "../util/plain-prototype.js";
import { addIssue, mergeIssues } from "./issues.js";
import { kindOf, shown } from "./shown.js";

/**
 * A schema that is made when it is first used. All schemas are made like this: making every one took a quarter of the
 * time of an import, and most programs use few of them.
 */
export type Schema<T> = () => z.ZodMiniType<T>;

/**
 * One schema for each field of `T`: where it is asked for with `satisfies`, a field that is added to `T` does not
 * compile until it has a schema.
 */
export type FieldSchemas<T> = { readonly [Field in keyof Required<T>]: z.ZodMiniType<T[Field]> };

const IS_REQUIRED = "is required";

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

interface ObjectRules<T> {
  readonly example?: string;
  readonly checks?: readonly z.core.$ZodCheck<T>[];
}

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
    addIssue(context, input === undefined ? IS_REQUIRED : `${rule}, got ${shown(input)}`);
    return z.NEVER;
  });
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
