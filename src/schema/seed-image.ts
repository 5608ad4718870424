import * as z from "zod/mini";
import { setOwn } from "../util/own-property.js";
import { kindOf } from "./got.js";
import { dateSchema } from "./options.js";
import {
  addIssues,
  type EntryIssue,
  objectOf,
  passing,
  plainObjectOf,
  type Subject,
  validate,
  wrong,
} from "./validate.js";

const text = z.string({ error: wrong("must be a string") });

const textMapSchema = plainObjectOf(
  z.transform((input: unknown, context): Readonly<Record<string, string>> => {
    const copied: Record<string, string> = {};
    const found: EntryIssue[] = [];
    // plainObjectOf has checked that it is an object.
    for (const [key, value] of Object.entries(input as Readonly<Record<string, unknown>>)) {
      if (typeof value === "string") setOwn(copied, key, value);
      else found.push({ key, message: `must be a string, got ${kindOf(value)}` });
    }
    addIssues(context, found);
    return copied;
  }),
);

const sizeSchema = passing<number>(Number.isInteger, wrong("must be a whole number of bytes"));

/**
 * A record for a service in memory: its fields and their types, and no rule about their values. The store has the rules
 * of the server, which accept more than a client sends, for example names of any length.
 */
const seedImageSchema = objectOf({
  namespace: z.optional(text),
  name: text,
  target: objectOf({ mediaType: text, digest: text, size: sizeSchema, annotations: z.optional(textMapSchema) }),
  labels: z.optional(textMapSchema),
  createdAt: z.optional(dateSchema),
  updatedAt: z.optional(dateSchema),
});

/** Copies of records to seed; throws a `ValidationError` for what is no list of records. */
export function validateSeedImages(images: unknown): readonly z.infer<typeof seedImageSchema>[] {
  const subject: Subject = { method: "seed", namespace: "" };
  const listed = validate(listSchema, images, subject, ["images"]);
  return Array.from(listed, (image, index) => validate(seedImageSchema, image, subject, ["images", index]));
}

const listSchema = passing<Iterable<unknown>>(
  (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
  wrong("must be a list of records"),
);
