import * as z from "zod/mini";
import type { Descriptor, ImageFields, NewDescriptor, NewImage } from "../image.js";
import { type ImagePatch, isReplaceAll, type MapPatch, pathsOf, replaceAll } from "../patch.js";
import { isDigest } from "../util/digest.js";
import { lazy } from "../util/lazy.js";
import {
  type FieldSchemas,
  forbidden,
  ignored,
  isPlainObject,
  objectOf,
  plainObjectOf,
  wrong,
} from "./building-blocks.js";
import {
  annotationPatchSchema,
  annotationsSchema,
  isOver,
  LONE_SURROGATE,
  labelPatchSchema,
  labelsSchema,
} from "./entries.js";
import { mergeIssues } from "./issues.js";

const MAX_NAMESPACE_BYTES = 76;
const MAX_NEW_NAME_BYTES = 4_096;

export const textSchema = lazy(() => z.string({ error: wrong("must be a string") }));
const notEmpty = () => z.minLength(1, { error: "must not be empty", abort: true });
const wellFormed = () => z.refine<string>((value) => value.isWellFormed(), { error: LONE_SURROGATE });

/** A namespace, by the rule of containerd since 1.4. */
export const namespaceSchema = lazy(() =>
  textSchema().check(
    z.regex(/^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/, {
      error: wrong("must be letters and digits in groups joined by one of . _ -"),
    }),
    z.maxLength(MAX_NAMESPACE_BYTES, { error: `must be at most ${MAX_NAMESPACE_BYTES} characters` }),
  ),
);

const nameError: z.core.$ZodErrorMap = (issue) => {
  const isRecord = isPlainObject(issue.input) && Object.hasOwn(Object(issue.input), "name");
  return isRecord ? "must be a string, got an object: pass its name" : wrong("must be a string")(issue);
};

/** The name of a record that may exist: any text that UTF-8 can encode. */
export const nameSchema = lazy(() => z.string({ error: nameError }).check(notEmpty(), wellFormed()));

/** The name of a new record. */
export const newNameSchema = lazy(() =>
  nameSchema().check(
    z.refine<string>((value) => !isOver(MAX_NEW_NAME_BYTES, value), {
      error: `must be at most ${MAX_NEW_NAME_BYTES} bytes of UTF-8`,
    }),
  ),
);

/** A lease: it is sent as the value of a header. */
export const leaseSchema = lazy(() =>
  textSchema().check(
    z.regex(/^[\x21-\x7e]+$/, { error: wrong("must be one or more printable ASCII characters without spaces") }),
  ),
);

export const digestSchema = lazy(() =>
  textSchema().check(
    z.refine<string>(isDigest, {
      error: wrong("must be sha256:, sha384: or sha512: and 64, 96 or 128 lower-case hex digits"),
    }),
  ),
);

const WRONG_SIZE = wrong("must be a whole number of bytes from 1 to 2^53-1");

const sizeSchema = () =>
  z
    .number({ error: WRONG_SIZE })
    .check(z.refine<number>((value) => Number.isSafeInteger(value) && value > 0, { error: WRONG_SIZE }));

const descriptorSchema = lazy<z.ZodMiniType<Descriptor>>(() =>
  z.pipe(
    objectOf({
      mediaType: textSchema().check(notEmpty(), wellFormed()),
      digest: digestSchema(),
      size: sizeSchema(),
      annotations: z.optional(annotationsSchema()),
    } satisfies FieldSchemas<NewDescriptor>),
    z.transform(({ mediaType, digest, size, annotations }) => ({
      mediaType,
      digest,
      size,
      annotations: annotations ?? {},
    })),
  ),
);

/** The fields of a descriptor where only its digest matters, and what messages of `raw` have besides their fields. */
export const ignoredOfDescriptor = () => ({
  mediaType: ignored(),
  size: ignored(),
  annotations: ignored(),
  $typeName: ignored(),
  $unknown: ignored(),
});

/** A record has no namespace of its own, unlike in other clients and in `snapshot()` of the testing module. */
export const forbiddenNamespace = () => forbidden("is that of the client: use withNamespace to choose another one");

/** A record to be stored whole, without the timestamps, which the server alone sets. */
export const newImageSchema = lazy<z.ZodMiniType<ImageFields>>(() =>
  z.pipe(
    objectOf({
      name: newNameSchema(),
      target: descriptorSchema(),
      labels: z.optional(labelsSchema()),
      createdAt: ignored(),
      updatedAt: ignored(),
      namespace: forbiddenNamespace(),
    } satisfies FieldSchemas<NewImage>),
    z.transform(({ name, target, labels }) => ({ name, target, labels: labels ?? {} })),
  ),
);

function mapPatch(
  changes: z.ZodMiniType<Readonly<Record<string, string | null>>>,
  whole: z.ZodMiniType<Readonly<Record<string, string>>>,
): z.ZodMiniType<MapPatch, unknown> {
  return plainObjectOf(
    z.transform((input: unknown, context): MapPatch => {
      if (isReplaceAll(input)) return replaceAll(mergeIssues(z.safeParse(whole, input.entries), context) ?? {});
      return mergeIssues(z.safeParse(changes, input), context) ?? {};
    }),
  );
}

const WHOLE_RECORD =
  "is not part of a patch: name only what is to change, because a record that was read may be old; replace() writes a whole record";

const changesSomething = () =>
  z.refine<ImagePatch>((patch) => pathsOf(patch).length > 0, {
    error: "must change something: name labels, annotations or a target",
  });

/** A patch that changes something. */
export const patchSchema = lazy<z.ZodMiniType<ImagePatch>>(() =>
  objectOf(
    {
      labels: z.optional(mapPatch(labelPatchSchema(), labelsSchema())),
      annotations: z.optional(mapPatch(annotationPatchSchema(), annotationsSchema())),
      target: z.optional(descriptorSchema()),
      name: forbidden(WHOLE_RECORD),
      createdAt: forbidden(WHOLE_RECORD),
      updatedAt: forbidden(WHOLE_RECORD),
      digest: forbidden("is not part of a patch: a descriptor belongs into target, as in { target }"),
    } satisfies FieldSchemas<ImagePatch>,
    { checks: [changesSomething()] },
  ),
);
