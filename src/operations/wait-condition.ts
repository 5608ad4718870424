import { isFilter, matches } from "../filters/index.js";
import type { Image, Labels } from "../image.js";
import type { RecordPattern, WaitCondition } from "../options.js";
import { shortened } from "../util/printable.js";
import { quoted } from "../util/subject.js";

const MAX_PARTS_SHOWN = 5;
const MAX_FILTER_SHOWN = 200;

/** Whether the condition holds for this record, or for none. */
export function holds(condition: WaitCondition, image: Image | undefined): boolean {
  if (image === undefined) return condition === "absent";
  if (typeof condition === "string") return condition === "present";
  return isFilter(condition) ? matches(condition, image) : differences(condition, image).length === 0;
}

/** What the condition asks for, in the words of an error. */
export function wantedText(condition: WaitCondition): string {
  if (condition === "absent") return "no record";
  if (condition === "present") return "a record";
  if (isFilter(condition)) return `a record that matches ${shortened(String(condition), MAX_FILTER_SHOWN)}`;
  return recordText(partsOf(condition));
}

/** What there is instead: of a pattern, only the parts that differ. */
export function seenText(condition: WaitCondition, image: Image | undefined): string {
  if (image === undefined) return "no record";
  const isPattern = typeof condition !== "string" && !isFilter(condition);
  return recordText(isPattern ? differences(condition, image) : partsOf(everything(image)));
}

/** The digest of a record, or one of its labels; `null` is a label that is not there. */
type Part = readonly [name: "digest" | `label ${string}`, value: string | null];

function partsOf({ digest, labels = {} }: RecordPattern): readonly Part[] {
  const named = Object.entries(labels).map(([key, value]): Part => [`label ${quoted(key)}`, value]);
  return digest === undefined ? named : [["digest", digest], ...named];
}

/** The parts of the record that are not as the pattern says, as they are. */
function differences({ digest, labels = {} }: RecordPattern, image: Image): readonly Part[] {
  const isOtherTarget = digest !== undefined && digest !== image.target.digest;
  const others = Object.entries(labels).filter(([key, value]) => labelOf(image.labels, key) !== value);
  return partsOf({
    digest: isOtherTarget ? image.target.digest : undefined,
    labels: Object.fromEntries(others.map(([key]) => [key, labelOf(image.labels, key)])),
  });
}

function everything({ target, labels }: Image): RecordPattern {
  return { digest: target.digest, labels };
}

function labelOf(labels: Labels, key: string): string | null {
  return Object.hasOwn(labels, key) ? (labels[key] ?? null) : null;
}

function recordText(parts: readonly Part[]): string {
  if (parts.length === 0) return "a record";
  const shown = parts
    .slice(0, MAX_PARTS_SHOWN)
    .map(([name, value]) => (value === null ? `no ${name}` : `${name} ${quoted(value)}`));
  const more = parts.length - shown.length;
  return `a record with ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ")}`;
}
