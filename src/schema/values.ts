import * as z from "zod/mini";
import type { ImageFields } from "../codec/requests.js";
import type { Descriptor } from "../image.js";
import { type ImagePatch, isReplaceAll, type MapPatch, pathsOf, replaceAll } from "../patch.js";
import { type Issues, missingOr, NAMESPACE_EXAMPLES, plainObjectOf } from "./check.js";
import {
  annotationPatchSchema,
  annotationsSchema,
  isOver,
  LONE_SURROGATE,
  labelPatchSchema,
  labelsSchema,
} from "./entries.js";

const MAX_NAMESPACE_BYTES = 76;
const MAX_NEW_NAME_BYTES = 4_096;

const text = z.string({ error: missingOr("must be a string") });
const notEmpty = z.minLength(1, { error: "must not be empty", abort: true });
const wellFormed = z.refine<string>((value) => value.isWellFormed(), { error: LONE_SURROGATE });

/** A namespace, by containerd's rule since 1.4. */
export const namespaceSchema = text.check(
  z.regex(/^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/, {
    error: `must be letters and digits in groups joined by one of . _ -, ${NAMESPACE_EXAMPLES}`,
  }),
  z.maxLength(MAX_NAMESPACE_BYTES, { error: `must be at most ${MAX_NAMESPACE_BYTES} characters` }),
);

/** The name of a record that may exist: any text that can be sent unchanged. */
export const nameSchema = text.check(notEmpty, wellFormed);

/** The name of a record to be made. */
export const newNameSchema = nameSchema.check(
  z.refine<string>((value) => !isOver(MAX_NEW_NAME_BYTES, value), {
    error: `must be at most ${MAX_NEW_NAME_BYTES} bytes of UTF-8`,
  }),
);

/** A header value: the lease travels in one. */
export const leaseSchema = text.check(
  z.regex(/^[\x21-\x7e]+$/, { error: "must be one or more printable ASCII characters without spaces" }),
);

/** The algorithms and lengths that containerd accepts. */
export const digestSchema = text.check(
  z.regex(/^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/, {
    error: "must be sha256:, sha384: or sha512: and 64, 96 or 128 lower-case hex digits",
  }),
);

const sizeSchema = z.number({ error: missingOr("must be a number") }).check(
  z.refine<number>((value) => Number.isSafeInteger(value) && value > 0, {
    error: "must be a whole number of bytes from 1 to 2^53-1",
  }),
);

const descriptorSchema: z.ZodMiniType<Descriptor> = z.pipe(
  plainObjectOf(
    z.strictObject({
      mediaType: text.check(notEmpty, wellFormed),
      digest: digestSchema,
      size: sizeSchema,
      annotations: z.optional(annotationsSchema),
    }),
  ),
  z.transform(({ mediaType, digest, size, annotations }) => ({
    mediaType,
    digest,
    size,
    annotations: annotations ?? {},
  })),
);

/** A record to be stored whole. The timestamps of a record that was read are let through and left out. */
export const newImageSchema: z.ZodMiniType<ImageFields> = z.pipe(
  plainObjectOf(
    z.strictObject({
      name: newNameSchema,
      target: descriptorSchema,
      labels: z.optional(labelsSchema),
      createdAt: z.optional(z.unknown()),
      updatedAt: z.optional(z.unknown()),
    }),
  ),
  z.transform(({ name, target, labels }) => ({ name, target, labels: labels ?? {} })),
);

function mapPatch(
  changes: z.ZodMiniType<Readonly<Record<string, string | null>>>,
  whole: z.ZodMiniType<Readonly<Record<string, string>>>,
): z.ZodMiniType<MapPatch, unknown> {
  return plainObjectOf(
    z.transform((input: unknown, context): MapPatch => {
      if (isReplaceAll(input)) return replaceAll(adopt(z.safeParse(whole, input.entries), context) ?? {});
      return adopt(z.safeParse(changes, input), context) ?? {};
    }),
  );
}

/** The value of a nested parse, or its issues as our own. */
export function adopt<T>(result: z.core.util.SafeParseResult<T>, context: Issues): T | undefined {
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, path: [...issue.path], input: undefined });
  return undefined;
}

/** What an update changes; it has to change something. */
export const patchSchema: z.ZodMiniType<ImagePatch> = plainObjectOf(
  z
    .strictObject({
      labels: z.optional(mapPatch(labelPatchSchema, labelsSchema)),
      annotations: z.optional(mapPatch(annotationPatchSchema, annotationsSchema)),
      target: z.optional(descriptorSchema),
    })
    .check(
      z.refine<ImagePatch>((patch) => pathsOf(patch).length > 0, {
        error: "must change something: name labels, annotations or a target",
      }),
    ),
);
