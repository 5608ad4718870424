import * as z from "zod/mini";
import { lazy } from "../util/lazy.js";
import { setOwn } from "../util/own-property.js";
import { plainObjectOf } from "./building-blocks.js";
import { addIssues, type EntryIssue } from "./issues.js";
import { shown } from "./shown.js";

const MAX_LABEL_BYTES = 4_096;
const MAX_ANNOTATION_KEY_BYTES = 32_768;

/** What is wrong with an entry of a map; `undefined` if nothing is. */
type EntryRule = (key: string, value: string) => string | undefined;

/**
 * Whether the texts are longer than `maxBytes` in UTF-8. A UTF-16 unit takes at most three bytes, so most need no
 * count.
 */
export function isOver(maxBytes: number, key: string, value = ""): boolean {
  if ((key.length + value.length) * 3 <= maxBytes) return false;
  return Buffer.byteLength(key) + Buffer.byteLength(value) > maxBytes;
}

const labelRule: EntryRule = (key, value) =>
  isOver(MAX_LABEL_BYTES, key, value)
    ? `key and value must be at most ${MAX_LABEL_BYTES} bytes of UTF-8 together`
    : undefined;

const annotationRule: EntryRule = (key) =>
  isOver(MAX_ANNOTATION_KEY_BYTES, key)
    ? `the key must be at most ${MAX_ANNOTATION_KEY_BYTES} bytes of UTF-8`
    : undefined;

/** The message for a text that UTF-8 cannot encode. */
export const LONE_SURROGATE = "must not contain a lone surrogate: it would be sent as another character";

function entryProblem(key: string, value: unknown, rule: EntryRule, isPatch: boolean): string | undefined {
  if (key === "") return "the key must not be empty";
  if (!key.isWellFormed()) return `the key ${LONE_SURROGATE}`;
  if (value === null && isPatch) return rule(key, "");
  if (typeof value !== "string") {
    return `must be a string${isPatch ? ", or null to remove it" : ""}, got ${shown(value)}`;
  }
  if (value === "")
    return `must not be empty: containerd reads that as removal; ${isPatch ? "use null" : "leave it out"}`;
  return value.isWellFormed() ? rule(key, value) : LONE_SURROGATE;
}

/**
 * A copy of a map; `problem` says what is wrong with an entry that is no `V`. Not z.record: it drops a key called
 * __proto__, which is a legal label.
 */
export function mapOf<V>(problem: (key: string, value: unknown) => string | undefined) {
  const copy = z.transform((input: unknown, context): Readonly<Record<string, V>> => {
    const copied: Record<string, V> = {};
    const found: EntryIssue[] = [];
    const given = input as Readonly<Record<string, unknown>>; // plainObjectOf has checked that it is an object
    for (const key of Object.keys(given)) {
      const value = given[key];
      const message = problem(key, value);
      if (message !== undefined) found.push({ key, message });
      else setOwn(copied, key, value as V); // as `problem` has found
    }
    addIssues(context, found);
    return copied;
  });
  return plainObjectOf(copy);
}

function entries<V extends string | null>(rule: EntryRule, isPatch: boolean) {
  return mapOf<V>((key, value) => entryProblem(key, value, rule, isPatch));
}

export const labelsSchema = lazy(() => entries<string>(labelRule, false));
export const annotationsSchema = lazy(() => entries<string>(annotationRule, false));
export const labelPatchSchema = lazy(() => entries<string | null>(labelRule, true));
export const annotationPatchSchema = () => entries<string | null>(annotationRule, true);
