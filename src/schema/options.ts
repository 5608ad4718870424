import { isDate } from "node:util/types";
import * as z from "zod/mini";
import type {
  CallOptions,
  CloseOptions,
  DeleteManyOptions,
  DeleteOptions,
  IfTarget,
  RetryOptions,
  TagOptions,
  UpsertOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from "../options.js";
import { headersSchema } from "./headers.js";
import { type FieldSchemas, mergeIssues, missingOr, passing, plainObjectOf } from "./validate.js";
import { digestSchema } from "./values.js";

// The timeout header of gRPC has eight digits.
const MAX_MS = 99_999_999;
const MAX_DELETES = 1_000;

export function wholeNumber(minimum: number, maximum: number, what: string) {
  return z.number({ error: missingOr("must be a number") }).check(
    z.refine<number>((value) => Number.isInteger(value) && value >= minimum && value <= maximum, {
      error: `must be a whole number${what} from ${minimum} to ${maximum}`,
    }),
  );
}

export const timeoutSchema = wholeNumber(1, MAX_MS, " of milliseconds");
export const delaySchema = wholeNumber(0, MAX_MS, " of milliseconds");
const flag = z.boolean({ error: "must be true or false" });

// Not instanceof: a signal may come from another realm or from a polyfill.
function isSignal(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("aborted" in value)) return false;
  return ["addEventListener", "removeEventListener"].every((name) => typeof Reflect.get(value, name) === "function");
}

const retryOptionsSchema = plainObjectOf(
  z.strictObject({
    maxAttempts: z.optional(wholeNumber(1, 100, "")),
    baseDelayMs: z.optional(delaySchema),
    maxDelayMs: z.optional(delaySchema),
    onRetry: z.optional(
      passing<NonNullable<RetryOptions["onRetry"]>>((value) => typeof value === "function", "must be a function"),
    ),
  } satisfies FieldSchemas<RetryOptions>),
);

/** Retry options, or `false` for a single attempt. */
export const retrySchema: z.ZodMiniType<RetryOptions | false> = z.transform((input: unknown, context) => {
  if (input === false) return false;
  if (typeof input === "object" && input !== null)
    return mergeIssues(z.safeParse(retryOptionsSchema, input), context) ?? {};
  const message = "must be false, or maxAttempts (1 to 100), baseDelayMs, maxDelayMs and onRetry";
  context.issues.push({ code: "custom", message, input });
  return z.NEVER;
});

const callFields = {
  signal: z.optional(passing<AbortSignal>(isSignal, "must be an AbortSignal")),
  timeoutMs: z.optional(timeoutSchema),
  retry: z.optional(retrySchema),
  headers: z.optional(headersSchema),
} satisfies FieldSchemas<CallOptions>;

const dateSchema = z.pipe(
  passing<Date>((value) => isDate(value) && !Number.isNaN(value.getTime()), "must be a valid Date"),
  z.transform((date: Date) => new Date(date)),
);

export const callOptionsSchema: z.ZodMiniType<CallOptions> = plainObjectOf(z.strictObject(callFields));

const writeFields = {
  ...callFields,
  sourceDateEpoch: z.optional(dateSchema),
} satisfies FieldSchemas<WriteOptions>;

export const writeOptionsSchema: z.ZodMiniType<WriteOptions> = plainObjectOf(z.strictObject(writeFields));

const ifTargetSchema = plainObjectOf(
  z.strictObject({
    digest: digestSchema,
    fallback: z.optional(z.literal("check-then-delete", { error: 'must be "check-then-delete"' })),
  } satisfies FieldSchemas<IfTarget>),
);

export const deleteOptionsSchema: z.ZodMiniType<DeleteOptions> = plainObjectOf(
  z.strictObject({
    ...callFields,
    sync: z.optional(flag),
    ignoreMissing: z.optional(flag),
    ifTarget: z.optional(ifTargetSchema),
  } satisfies FieldSchemas<DeleteOptions>),
);

export const upsertOptionsSchema: z.ZodMiniType<UpsertOptions> = plainObjectOf(
  z.strictObject({
    ...writeFields,
    labels: z.optional(z.enum(["merge", "replace"], { error: 'must be "merge" or "replace"' })),
  } satisfies FieldSchemas<UpsertOptions>),
);

export const tagOptionsSchema: z.ZodMiniType<TagOptions> = plainObjectOf(
  z.strictObject({ ...writeFields, force: z.optional(flag) } satisfies FieldSchemas<TagOptions>),
);

export const deleteManyOptionsSchema: z.ZodMiniType<DeleteManyOptions> = plainObjectOf(
  z.strictObject({
    ...callFields,
    sync: z.optional(flag),
    dryRun: z.optional(flag),
    everything: z.optional(flag),
    concurrency: z.optional(wholeNumber(1, MAX_DELETES, "")),
  } satisfies FieldSchemas<DeleteManyOptions>),
);

export const waitOptionsSchema: z.ZodMiniType<WaitOptions> = plainObjectOf(
  z.strictObject(callFields satisfies FieldSchemas<WaitOptions>).check(
    z.refine<WaitOptions>(({ signal, timeoutMs }) => signal !== undefined || timeoutMs !== undefined, {
      error: "needs a timeoutMs or a signal: without one the wait may never end",
    }),
  ),
);

export const watchOptionsSchema: z.ZodMiniType<WatchOptions> = plainObjectOf(
  z.strictObject({
    signal: callFields.signal,
    headers: callFields.headers,
    resyncIntervalMs: z.optional(timeoutSchema),
    pollIntervalMs: z.optional(timeoutSchema),
  } satisfies FieldSchemas<WatchOptions>),
);

export const closeOptionsSchema: z.ZodMiniType<CloseOptions> = plainObjectOf(
  z.strictObject({ graceMs: z.optional(delaySchema) } satisfies FieldSchemas<CloseOptions>),
);
