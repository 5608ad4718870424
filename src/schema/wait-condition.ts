import * as z from "zod/mini";
import { isFilter } from "../filters/index.js";
import type { RecordPattern, WaitCondition } from "../options.js";
import { labelPatchSchema } from "./entries.js";
import { validateFilter } from "./filter.js";
import { type FieldSchemas, plainObjectOf, type Subject, validate } from "./validate.js";
import { digestSchema } from "./values.js";

const patternSchema: z.ZodMiniType<RecordPattern> = plainObjectOf(
  z
    .strictObject({
      digest: z.optional(digestSchema),
      labels: z.optional(labelPatchSchema),
    } satisfies FieldSchemas<RecordPattern>)
    .check(
      z.refine<RecordPattern>(({ digest, labels = {} }) => digest !== undefined || Object.keys(labels).length > 0, {
        error: 'must name a digest or labels; "present" is for any record',
      }),
    ),
);

const stateSchema = z.literal(["present", "absent"], {
  error: 'must be "present", "absent", { digest, labels } or a filter',
});

/** A checked copy of a condition; `"present"` if none is given. */
export function validateCondition(condition: WaitCondition = "present", subject: Subject): WaitCondition {
  if (!isFilter(condition)) {
    if (typeof condition === "object") return validate(patternSchema, condition, subject, ["condition"]);
    return validate(stateSchema, condition, subject, ["condition"]);
  }
  validateFilter(condition, subject);
  return condition;
}
