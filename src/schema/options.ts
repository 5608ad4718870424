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
import { lazy } from "../util/lazy.js";
import {
  type FieldSchemas,
  forbidden,
  isFunction,
  isObject,
  isPlainObject,
  isValidDate,
  neverThrowing,
  objectOf,
  objectOr,
  ownOf,
  passing,
  wrong,
  wrongKind,
} from "./building-blocks.js";
import { headersSchema } from "./headers.js";
import { nearestName } from "./suggestion.js";
import { digestSchema, ignoredOfDescriptor } from "./values.js";

// The timeout header of gRPC has eight digits.
const MAX_MS = 99_999_999;
const MAX_DELETES = 1_000;

export function wholeNumber(minimum: number, maximum: number, what = "") {
  const error = wrong(`must be a whole number${what} from ${minimum} to ${maximum}`);
  const isWithin = (value: number) => Number.isInteger(value) && value >= minimum && value <= maximum;
  return z.number({ error }).check(z.refine<number>(isWithin, { error }));
}

export const timeoutSchema = lazy(() => wholeNumber(1, MAX_MS, " of milliseconds"));
export const delaySchema = () => wholeNumber(0, MAX_MS, " of milliseconds");
export const optionalFlag = () => z.optional(z.boolean({ error: wrong("must be true or false") }));
export const optionalFunction = <T>() => z.optional(passing<T>(isFunction, wrong("must be a function")));

// Not instanceof: a signal may come from another realm or from a polyfill.
function isSignal(value: unknown): boolean {
  if (!isObject(value) || !("aborted" in value)) return false;
  return ["addEventListener", "removeEventListener"].every((name) => typeof Reflect.get(value, name) === "function");
}

const retryOptionsSchema = lazy(() =>
  objectOf({
    maxAttempts: z.optional(wholeNumber(1, 100)),
    baseDelayMs: z.optional(delaySchema()),
    maxDelayMs: z.optional(delaySchema()),
    onRetry: optionalFunction<NonNullable<RetryOptions["onRetry"]>>(),
  } satisfies FieldSchemas<RetryOptions>),
);

/** Retry options, or `false` for a single attempt. */
export const retrySchema = lazy<z.ZodMiniType<RetryOptions | false>>(() =>
  objectOr([false], retryOptionsSchema, "must be false, or an object such as { maxAttempts: 3 }"),
);

/** The options of every call. */
export const callFields = lazy(
  () =>
    ({
      signal: z.optional(passing<AbortSignal>(isSignal, wrongKind("must be an AbortSignal"))),
      timeoutMs: z.optional(timeoutSchema()),
      retry: z.optional(retrySchema()),
      headers: z.optional(headersSchema()),
    }) satisfies FieldSchemas<CallOptions>,
);

export const dateSchema = () =>
  z.pipe(
    passing<Date>(isValidDate, wrong("must be a valid Date")),
    z.transform((date: Date) => new Date(date)),
  );

const EXAMPLE = "{ timeoutMs: 5000 }";

export const callOptionsSchema = lazy<z.ZodMiniType<CallOptions>>(() => objectOf(callFields(), { example: EXAMPLE }));

const writeFields = () =>
  ({
    ...callFields(),
    sourceDateEpoch: z.optional(dateSchema()),
  }) satisfies FieldSchemas<WriteOptions>;

export const writeOptionsSchema = lazy<z.ZodMiniType<WriteOptions>>(() =>
  objectOf(writeFields(), { example: EXAMPLE }),
);

const ifTargetSchema = (): z.ZodMiniType<IfTarget> =>
  z.pipe(
    objectOf(
      {
        digest: digestSchema(),
        fallback: z.optional(z.literal("check-then-delete", { error: wrong('must be "check-then-delete"') })),
        ...ignoredOfDescriptor(),
      } satisfies FieldSchemas<IfTarget>,
      { example: "{ digest }" },
    ),
    z.transform(({ digest, fallback }) => ({ digest, fallback })),
  );

export const deleteOptionsSchema = lazy<z.ZodMiniType<DeleteOptions>>(() =>
  objectOf(
    {
      ...callFields(),
      sync: optionalFlag(),
      ignoreMissing: optionalFlag(),
      ifTarget: z.optional(ifTargetSchema()),
    } satisfies FieldSchemas<DeleteOptions>,
    { example: "{ ignoreMissing: true }" },
  ),
);

export const upsertOptionsSchema = lazy<z.ZodMiniType<UpsertOptions>>(() =>
  objectOf(
    {
      ...writeFields(),
      labels: z.optional(z.enum(["merge", "replace"], { error: wrong('must be "merge" or "replace"') })),
    } satisfies FieldSchemas<UpsertOptions>,
    { example: '{ labels: "replace" }' },
  ),
);

export const tagOptionsSchema = lazy<z.ZodMiniType<TagOptions>>(() =>
  ownOf(
    objectOf({ ...writeFields(), force: optionalFlag() } satisfies FieldSchemas<TagOptions>, {
      example: "{ force: true }",
    }),
  ),
);

export const deleteManyOptionsSchema = lazy<z.ZodMiniType<DeleteManyOptions>>(() =>
  ownOf(
    objectOf(
      {
        ...callFields(),
        sync: optionalFlag(),
        dryRun: optionalFlag(),
        everything: optionalFlag(),
        concurrency: z.optional(wholeNumber(1, MAX_DELETES)),
      } satisfies FieldSchemas<DeleteManyOptions>,
      { example: "{ dryRun: true }" },
    ),
  ),
);

const hasEnd = () =>
  z.refine<WaitOptions>(({ signal, timeoutMs }) => signal !== undefined || timeoutMs !== undefined, {
    error: "needs a timeoutMs or a signal: without one the wait may never end",
  });

export const waitOptionsSchema = lazy<z.ZodMiniType<WaitOptions>>(() =>
  objectOf(callFields() satisfies FieldSchemas<WaitOptions>, {
    example: EXAMPLE,
    checks: [hasEnd()],
  }),
);

const watchFields = () =>
  ({
    signal: callFields().signal,
    headers: callFields().headers,
    resyncIntervalMs: z.optional(timeoutSchema()),
    pollIntervalMs: z.optional(timeoutSchema()),
    timeoutMs: forbidden("is not for a watch, which has no deadline: use signal: AbortSignal.timeout(…)"),
    retry: forbidden("is not for a watch, which retries transient failures for as long as it runs"),
  }) satisfies FieldSchemas<WatchOptions>;

export const watchOptionsSchema = lazy<z.ZodMiniType<WatchOptions>>(() =>
  objectOf(watchFields(), {
    example: "{ resyncIntervalMs: 60000 }",
  }),
);

export const closeOptionsSchema = lazy<z.ZodMiniType<CloseOptions>>(() =>
  objectOf({ graceMs: z.optional(delaySchema()) } satisfies FieldSchemas<CloseOptions>, {
    example: "{ graceMs: 1000 }",
  }),
);

const optionNames = lazy((): readonly string[] => Object.keys({ ...callFields(), ...watchFields() }));

const hasKeyFor = (isMeant: (nearest: string) => boolean) =>
  neverThrowing((value) => {
    const isOne = (key: string) => isMeant(nearestName(key, optionNames()) ?? "");
    return isPlainObject(value) && Object.keys(value as object).some(isOne);
  });

/** Whether an argument that may also be a filter or a condition names options of a call or a watch, also misspelled. */
export const hasOptions = hasKeyFor((nearest) => optionNames().includes(nearest));

/** As {@link hasOptions}, also for what is no option, but is answered with how a client is given another one. */
export const hasOptionsOrScope = hasKeyFor((nearest) => nearest !== "");
