import * as z from "zod/mini";
import { compile, type Filter, isFilter } from "../filters/index.js";
import type {
  DeleteManyOptions,
  RecordPattern,
  TagOptions,
  UpsertOptions,
  WaitCondition,
  WaitOptions,
} from "../options.js";
import { check, invalid, plain, type Subject } from "./check.js";
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

const namesSchema: z.ZodMiniType<readonly string[]> = z.array(nameSchema, {
  error: "must be a list of names, or a filter",
});

/** Copies the names to delete; refuses a filter that the server reads as everything, unless that is what is wanted. */
export function checkDoomed(
  which: readonly string[] | Filter,
  { everything = false }: DeleteManyOptions,
  subject: Subject,
): readonly string[] | Filter {
  if (!isFilter(which)) return check(namesSchema, which, subject, ["names"]);
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
