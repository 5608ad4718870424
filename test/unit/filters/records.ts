import { readFileSync } from "node:fs";
import type { MatchableImage } from "../../../src/filters/index.js";
import type { Labels } from "../../../src/image.js";

interface RecordedImage {
  readonly name: string;
  readonly labels?: Labels;
  readonly target: { readonly media_type: string; readonly digest: string; readonly annotations?: Labels };
}

/** One recorded List. */
export interface FilterCase {
  readonly id: string;
  readonly filters: readonly string[];
  readonly expect: { readonly code: string; readonly names?: readonly string[]; readonly message?: string };
}

const path = new URL("../../support/cases/filter-cases.json", import.meta.url);
const file: { fixture: RecordedImage[]; cases: FilterCase[] } = JSON.parse(readFileSync(path, "utf8"));

export const filterCases = file.cases;

/** The records with which the cases were recorded, in no particular order. */
export const recordedImages: readonly MatchableImage[] = file.fixture.map(({ name, labels, target }) => {
  const { media_type: mediaType, digest, annotations } = target;
  return { name, labels, target: { mediaType, digest, annotations } };
});

/** A record with the given values, and defaults for all others. */
export function image(given: Partial<MatchableImage> = {}): MatchableImage {
  return { name: "app:1", target: { mediaType: "m", digest: `sha256:${"a".repeat(64)}` }, ...given };
}
