import { types } from "node:util";
import * as z from "zod/mini";
import { compile, type Filter, isFilter } from "../filters/index.js";
import type { DeleteTarget } from "../operations/delete-many.js";
import type {
  DeleteManyOptions,
  RecordPattern,
  RecordToDelete,
  TagOptions,
  UpsertOptions,
  WaitCondition,
  WaitOptions,
} from "../options.js";
import { addIssues, check, invalid, isPlainObject, passing, plainObjectOf, type Subject } from "./check.js";
import { labelPatchSchema } from "./entries.js";
import { checkFilter } from "./filter.js";
import { callFields, flag, wholeNumber, writeFields } from "./options.js";
import { digestSchema } from "./values.js";

const MAX_CONCURRENCY = 1_000;

export const upsertOptionsSchema: z.ZodMiniType<UpsertOptions> = plainObjectOf(
  z.strictObject({
    ...writeFields,
    labels: z.optional(z.enum(["merge", "replace"], { error: 'must be "merge" or "replace"' })),
  }),
);

export const tagOptionsSchema: z.ZodMiniType<TagOptions> = plainObjectOf(
  z.strictObject({ ...writeFields, force: z.optional(flag) }),
);

export const deleteManyOptionsSchema: z.ZodMiniType<DeleteManyOptions> = plainObjectOf(
  z.strictObject({
    ...callFields,
    sync: z.optional(flag),
    dryRun: z.optional(flag),
    everything: z.optional(flag),
    concurrency: z.optional(wholeNumber(1, MAX_CONCURRENCY, "")),
  }),
);

const NO_RECORD =
  "must be a name that is not empty and well-formed, or a record with its name, target.digest and, if given, createdAt and updatedAt as Dates";

// Not a schema for each: there may be a hundred thousand, and zod takes its time to say what is wrong with one.
const deleteTargetsSchema = z.pipe(
  passing<readonly unknown[]>(Array.isArray, "must be a list of names or records, or a filter"),
  z.transform((records: readonly unknown[], context): readonly DeleteTarget[] => {
    const doomed = Array.from(records, deleteTargetOf);
    addIssues(
      context,
      doomed.flatMap((each, key) => (each === undefined ? [{ key, message: NO_RECORD }] : [])),
    );
    return doomed.filter((each) => each !== undefined);
  }),
);

// A record as it was read: it may be one that could not be created any more.
function deleteTargetOf(given: unknown): DeleteTarget | undefined {
  if (isName(given)) return { name: given };
  const { name, target, createdAt, updatedAt } = fieldsOf(given);
  const { digest } = fieldsOf(target);
  // The server reads an empty digest as any.
  if (!isName(name) || typeof digest !== "string" || digest === "") return undefined;
  return isDateOrAbsent(createdAt) && isDateOrAbsent(updatedAt) ? { name, digest, createdAt, updatedAt } : undefined;
}

function isDateOrAbsent(value: unknown): value is Date | undefined {
  return value === undefined || types.isDate(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed();
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? (value as Readonly<Record<string, unknown>>) : {}; // it has just been seen
}

/** Copies what is to be deleted; refuses a filter that the server reads as everything, unless that is meant. */
export function checkDeleteTargets(
  which: readonly RecordToDelete[] | Filter,
  { everything = false }: DeleteManyOptions,
  subject: Subject,
): readonly DeleteTarget[] | Filter {
  if (!isFilter(which)) return check(deleteTargetsSchema, which, subject, ["records"]);
  checkFilter(which, subject);
  const filters = compile(which);
  if (everything || (filters.length > 0 && !filters.includes(""))) return which;
  const message = "matches every record: pass { everything: true } if all of the namespace is to be deleted";
  throw invalid([{ path: "filter", message }], subject);
}

export const waitOptionsSchema: z.ZodMiniType<WaitOptions> = plainObjectOf(
  z.strictObject(callFields).check(
    z.refine<WaitOptions>(({ signal, timeoutMs }) => signal !== undefined || timeoutMs !== undefined, {
      error: "needs a timeoutMs or a signal: nothing else ends a wait for what does not happen",
    }),
  ),
);

const patternSchema: z.ZodMiniType<RecordPattern> = plainObjectOf(
  z.strictObject({ digest: z.optional(digestSchema), labels: z.optional(labelPatchSchema) }).check(
    z.refine<RecordPattern>(({ digest, labels = {} }) => digest !== undefined || Object.keys(labels).length > 0, {
      error: 'must name a digest or labels; "present" is for any record',
    }),
  ),
);

const stateSchema = z.literal(["present", "absent"], {
  error: 'must be "present", "absent", { digest, labels } or a filter',
});

/** Copies a condition while checking it; `"present"` where none is given. */
export function checkCondition(condition: WaitCondition = "present", subject: Subject): WaitCondition {
  if (!isFilter(condition)) {
    if (typeof condition === "object") return check(patternSchema, condition, subject, ["condition"]);
    return check(stateSchema, condition, subject, ["condition"]);
  }
  checkFilter(condition, subject);
  return condition;
}
