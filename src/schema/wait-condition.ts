import * as z from "zod/mini";
import { isFilter } from "../filters/index.js";
import type { RecordPattern, WaitCondition, WaitOptions } from "../options.js";
import { lazy } from "../util/lazy.js";
import type { Subject } from "../util/subject.js";
import { type FieldSchemas, ignored, objectOf, wrong } from "./building-blocks.js";
import { labelPatchSchema } from "./entries.js";
import { validateSelectors } from "./filter.js";
import { hasOptions } from "./options.js";
import { validate } from "./validate.js";
import { digestSchema, forbiddenNamespace, ignoredOfDescriptor } from "./values.js";

/** The fields of a record and of an `IfTarget` that do not matter in a pattern. */
const ignoredOfOthers = () => ({ name: ignored(), createdAt: ignored(), updatedAt: ignored(), fallback: ignored() });

const patternFields = () =>
  ({
    digest: z.optional(digestSchema()),
    target: z.optional(objectOf({ digest: digestSchema(), ...ignoredOfDescriptor() })),
    labels: z.optional(labelPatchSchema()),
    namespace: forbiddenNamespace(),
    ...ignoredOfDescriptor(),
    ...ignoredOfOthers(),
  }) satisfies FieldSchemas<RecordPattern>;

const namesSomething = () =>
  z.refine<RecordPattern>(
    ({ digest, target, labels = {} }) => digest !== undefined || target !== undefined || Object.keys(labels).length > 0,
    { error: 'must name a digest or labels; "present" is for any record' },
  );

const namesOneDigest = () =>
  z.refine<RecordPattern>(
    ({ digest, target }) => digest === undefined || target === undefined || digest === target.digest,
    { error: "must be the same as digest, if both are given", path: ["target", "digest"] },
  );

/** A pattern in its shortest form: with a digest in place of a target. */
const patternSchema = lazy<z.ZodMiniType<RecordPattern>>(() =>
  z.pipe(
    objectOf(patternFields(), { checks: [namesSomething(), namesOneDigest()] }),
    z.transform(({ digest, target, labels }) => ({ digest: digest ?? target?.digest, labels })),
  ),
);

const stateSchema = lazy(() =>
  z.literal(["present", "absent"], {
    error: wrong('must be "present", "absent", { digest, labels } or a filter'),
  }),
);

/** A checked copy of a condition; `"present"` if none is given. */
export function validateCondition(given: WaitCondition | undefined, subject: Subject): WaitCondition {
  const condition = given === undefined ? "present" : given; // null is no condition
  if (isFilter(condition)) {
    validateSelectors(condition, subject); // it is not sent, so that its size does not matter
    return condition;
  }
  if (typeof condition === "object") return validate(patternSchema, condition, subject, ["condition"]);
  return validate(stateSchema, condition, subject, ["condition"]);
}

/** The arguments of `waitFor`: a condition and options, or options alone, as in `waitFor(name, { timeoutMs })`. */
export function conditionAndOptions(
  second: WaitCondition | WaitOptions | undefined,
  third: WaitOptions | undefined,
): readonly [condition: WaitCondition | undefined, options: WaitOptions | undefined] {
  if (third === undefined && !isFilter(second) && hasOptions(second)) return [undefined, second as WaitOptions];
  return [second as WaitCondition | undefined, third]; // what is no condition is found by validateCondition
}
