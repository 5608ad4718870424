import * as z from "zod/mini";
import { compile, type Filter, isFilter } from "../filters/index.js";
import type { Doomed } from "../operations/delete-many.js";
import type {
  DeleteManyOptions,
  RecordPattern,
  RecordToDelete,
  TagOptions,
  UpsertOptions,
  WaitCondition,
  WaitOptions,
} from "../options.js";
import { check, invalid, missingOr, plain, type Subject } from "./check.js";
import { labelPatchSchema } from "./entries.js";
import { checkFilter } from "./filter.js";
import { callFields, flag, wholeNumber, writeFields } from "./options.js";
import { digestSchema, nameSchema } from "./values.js";

const MAX_CONCURRENCY = 1_000;

export const upsertOptionsSchema: z.ZodMiniType<UpsertOptions> = plain(
  z.strictObject({
    ...writeFields,
    labels: z.optional(z.enum(["merge", "replace"], { error: 'must be "merge" or "replace"' })),
  }),
);

export const tagOptionsSchema: z.ZodMiniType<TagOptions> = plain(
  z.strictObject({ ...writeFields, force: z.optional(flag) }),
);

export const deleteManyOptionsSchema: z.ZodMiniType<DeleteManyOptions> = plain(
  z.strictObject({
    ...callFields,
    sync: z.optional(flag),
    dryRun: z.optional(flag),
    everything: z.optional(flag),
    concurrency: z.optional(wholeNumber(1, MAX_CONCURRENCY, "")),
  }),
);

const anyDigestSchema = z
  .string({ error: missingOr("must be a string") })
  .check(z.minLength(1, { error: "must not be empty: the server reads that as any" }));

// A record as it was read: it may be one that could not be created any more.
const seenSchema = plain(
  z.object({
    name: nameSchema,
    target: plain(z.object({ digest: anyDigestSchema })),
    createdAt: z.optional(z.date({ error: "must be a Date" })),
  }),
);

const doomedSchema: z.ZodMiniType<Doomed> = z.union(
  [
    z.pipe(
      nameSchema,
      z.transform((name) => ({ name })),
    ),
    z.pipe(
      seenSchema,
      z.transform(({ name, target, createdAt }) => ({ name, digest: target.digest, createdAt })),
    ),
  ],
  { error: "must be a name that is not empty and well-formed, or a record with its name and target.digest" },
);

const doomedListSchema = z.array(doomedSchema, { error: "must be a list of names or records, or a filter" });

/** Copies what is to be deleted; refuses a filter that the server reads as everything, unless that is meant. */
export function checkDoomed(
  which: readonly RecordToDelete[] | Filter,
  { everything = false }: DeleteManyOptions,
  subject: Subject,
): readonly Doomed[] | Filter {
  if (!isFilter(which)) return check(doomedListSchema, which, subject, ["records"]);
  checkFilter(which, subject);
  const filters = compile(which);
  if (everything || (filters.length > 0 && !filters.includes(""))) return which;
  const message = "matches every record: pass { everything: true } if all of the namespace is to be deleted";
  throw invalid([{ path: "filter", message }], subject);
}

export const waitOptionsSchema: z.ZodMiniType<WaitOptions> = plain(
  z.strictObject(callFields).check(
    z.refine<WaitOptions>(({ signal, timeoutMs }) => signal !== undefined || timeoutMs !== undefined, {
      error: "needs a timeoutMs or a signal: nothing else ends a wait for what does not happen",
    }),
  ),
);

const patternSchema: z.ZodMiniType<RecordPattern> = plain(
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
