import * as z from "zod/mini";
import { lazy } from "../util/lazy.js";
import type { Subject } from "../util/subject.js";
import { isObject, objectOf, passing, wrong } from "./building-blocks.js";
import { mapOf } from "./entries.js";
import { dateSchema } from "./options.js";
import { kindOf } from "./shown.js";
import { validate } from "./validate.js";
import { textSchema } from "./values.js";

const textMapSchema = lazy(() =>
  mapOf<string>((_, value) => (typeof value === "string" ? undefined : `must be a string, got ${kindOf(value)}`)),
);

const sizeSchema = lazy(() => passing<number>(Number.isInteger, wrong("must be a whole number of bytes")));

/**
 * A record for a service in memory: its fields and their types, and no rule about their values. The store has the rules
 * of the server, which accept more than a client sends, for example names of any length.
 */
const seedImageSchema = lazy(() =>
  objectOf({
    namespace: z.optional(textSchema()),
    name: textSchema(),
    target: objectOf({
      mediaType: textSchema(),
      digest: textSchema(),
      size: sizeSchema(),
      annotations: z.optional(textMapSchema()),
    }),
    labels: z.optional(textMapSchema()),
    createdAt: z.optional(dateSchema()),
    updatedAt: z.optional(dateSchema()),
  }),
);

/** Copies of records to seed; throws a `ValidationError` for what is no list of records. */
export function validateSeedImages(images: unknown): readonly z.infer<ReturnType<typeof seedImageSchema>>[] {
  const subject: Subject = { method: "seed", namespace: "" };
  const listed = validate(listSchema, images, subject, ["images"]);
  return Array.from(listed, (image, index) => validate(seedImageSchema, image, subject, ["images", index]));
}

const listSchema = lazy(() =>
  passing<Iterable<unknown>>(
    (value) => isObject(value) && Symbol.iterator in value,
    wrong("must be a list of records"),
  ),
);
