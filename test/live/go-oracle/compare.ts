import { isFilterSyntaxError, isValidationError } from "../../../src/errors.js";
import { type Selector, selectors, TREE } from "../../../src/filters/filter-node.js";
import { check, compile, type Filter, type FilterIssue, field, matches, parse } from "../../../src/filters/index.js";
import type { NewImage } from "../../../src/image.js";
import { profiles } from "../../../src/testing/profile.js";
import { imageFilter } from "../../../src/testing/services/filtering.js";
import { Status } from "../../../src/testing/status.js";
import { draftFromImage, type ImageRecord } from "../../../src/testing/store/image-record.js";
import { instantOf } from "../../../src/testing/store/instant.js";
import type { Version } from "../../support/daemon/daemon.js";
import { counterparts } from "../../support/raw-cases/versions.js";
import { differenceIn } from "../filters/differences.js";
import { type Case, nameMatches } from "./cases.js";
import type { Answer, Question, Verdict } from "./oracle.js";
import { build, holds } from "./plans.js";

/** Who is asked: a Go, or what stands in for one. */
export interface Oracle {
  readonly version: Version;
  ask(question: Question): Promise<Answer>;
}

/** What is not the same here and in Go. */
export interface Difference {
  readonly found: Case;
  readonly version: Version;
  /** Which of our answers it is. */
  readonly aspect: "parse" | "matches" | "compile" | "check" | "meaning" | "in memory";
  readonly here: string;
  readonly go: string;
  /** The names of the images, where it is about some. */
  readonly names: readonly string[];
}

/** A case, and all that is decided about it here. */
interface Decision {
  readonly found: Case;
  readonly sent: readonly string[];
  readonly filter: Filter | undefined;
  /** What compile makes of it. */
  readonly written: readonly string[];
  /** What check says of its patterns. */
  readonly issues: readonly FilterIssue[];
  /** The patterns of `written`, of which one that does not compile is silence. */
  readonly patterns: readonly string[];
  /** In which no escape hides anything. */
  readonly values: readonly string[];
}

/** Asks all oracles about all cases at once, and gives what differs. */
export async function compareAll(
  cases: readonly Case[],
  images: readonly NewImage[],
  oracles: readonly Oracle[],
): Promise<Difference[]> {
  const decisions = cases.flatMap(decide);
  const filters = [...decisions.map(({ sent }) => sent), ...decisions.map(({ written }) => written)];
  const regexps = [...new Set(decisions.flatMap(({ patterns }) => patterns))].filter((text) => text.isWellFormed());
  const answers = Promise.all(oracles.map((oracle) => oracle.ask({ images, filters, regexps })));
  const here = decisions.map((decision) => decideImages(decision, images));
  const views = (await answers).map((answer, index) => ({
    version: oracles[index]?.version ?? "2.x",
    answer,
    isBad: badPatterns(regexps, answer.regexps),
  }));
  const records = images.map(recordOf);
  return decisions.flatMap((decision, index) =>
    views.flatMap(({ version, answer, isBad }) => {
      const [raw, written] = [answer.filters[index], answer.filters[index + decisions.length]];
      if (raw === undefined || written === undefined) throw new Error("Go has answered too little");
      return differencesIn(decision, { version, raw, written, here: here[index] ?? {}, isBad, images, records });
    }),
  );
}

function badPatterns(patterns: readonly string[], errors: readonly string[]): (pattern: string) => boolean {
  const bad = new Set(patterns.filter((_, index) => errors[index] !== ""));
  return (pattern) => bad.has(pattern) || !pattern.isWellFormed(); // no JSON carries bytes that are not UTF-8
}

// A case that the builder refuses is none: nothing would be sent.
function decide(found: Case): Decision[] {
  try {
    return [decideSent(found, sentFor(found))];
  } catch (error) {
    if (isValidationError(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}

function sentFor(found: Case): readonly string[] {
  switch (found.kind) {
    case "filters":
      return found.filters;
    case "pattern":
      return [nameMatches(found.pattern)];
    case "regexp":
      return compile(field.name.matches(new RegExp(found.source, found.flags)));
    case "built":
      return compile(build(found.plan));
  }
}

function decideSent(found: Case, sent: readonly string[]): Decision {
  const filter = parseOrNot(sent);
  if (filter === undefined) return { found, sent, filter, written: [], issues: [], patterns: [], values: [] };
  const written = compile(filter);
  const isPattern = ({ op, path }: Selector) => op === "~=" && path[0] !== undefined;
  const patterns = selectors(parse(...written)[TREE]).filter(isPattern);
  return {
    found,
    sent,
    filter,
    written,
    issues: check(filter).filter(({ message }) => !message.endsWith("no record has this field")),
    patterns: patterns.map(({ value }) => value),
    values: selectors(filter[TREE]).map(({ value }) => value),
  };
}

function parseOrNot(sent: readonly string[]): Filter | undefined {
  try {
    return parse(...sent);
  } catch (error) {
    if (isFilterSyntaxError(error)) return undefined;
    throw error;
  }
}

interface Decided {
  /** A character for each image, as Go answers. */
  readonly matches?: string;
  /** The same, by what a RegExp finds or a plan means. */
  readonly meaning?: string;
}

function decideImages({ found, filter }: Decision, images: readonly NewImage[]): Decided {
  if (filter === undefined) return {};
  const marks = (holdsFor: (image: NewImage) => boolean) =>
    images.map((image) => (holdsFor(image) ? "1" : "0")).join("");
  const decided = { matches: marks((image) => matches(filter, image)) };
  if (found.kind === "built") return { ...decided, meaning: marks((image) => holds(found.plan, image)) };
  if (found.kind !== "regexp") return decided;
  const regexp = new RegExp(found.source, found.flags.replace(/[gy]/g, ""));
  return { ...decided, meaning: marks(({ name }) => regexp.test(name)) };
}

interface View {
  readonly version: Version;
  readonly raw: Verdict;
  readonly written: Verdict;
  readonly here: Decided;
  readonly isBad: (pattern: string) => boolean;
  readonly images: readonly NewImage[];
  readonly records: readonly ImageRecord[];
}

function differencesIn(decision: Decision, view: View): Difference[] {
  const { found, sent, filter, issues, patterns, values } = decision;
  const { version, raw, written, here, isBad, images, records } = view;
  if (differenceIn(values, version) !== undefined) return [];
  const differ = (aspect: Difference["aspect"], ours: string, gos: string): Difference[] => {
    if (ours === gos) return [];
    const names = images.filter((_, index) => ours[index] !== gos[index]).map(({ name }) => name);
    return [{ found, version, aspect, here: ours, go: gos, names: ours.length === gos.length ? names : [] }];
  };
  const memory = differ("in memory", inMemory(sent, version, records), shown(raw));
  if (filter === undefined)
    return [...differ("parse", "refused", raw.error === "" ? "accepted" : "refused"), ...memory];
  const { matches = "", meaning } = here;
  const isRefused = raw.error !== "";
  const series = counterparts[version].profile;
  const isSilent = issues.some(({ versions }) => versions === undefined || versions.includes(series));
  const isSilentHereOnly = issues.some(({ versions }) => versions?.includes(series)); // matches decides as the others
  const decided = isRefused ? differ("parse", "accepted", raw.error) : differ("matches", matches, raw.matches);
  return [
    ...(isRefused || !isSilentHereOnly ? decided : []),
    ...(isSilentHereOnly ? [] : differ("compile", matches, shown(written))),
    ...differ("check", String(isSilent), String(patterns.some(isBad))),
    ...(meaning === undefined ? [] : differ("meaning", meaning, shown(written))),
    ...memory,
  ];
}

// A List adds the class of the error once more.
function shown({ error, matches }: Verdict): string {
  return error === "" ? matches : `${error}: invalid argument`;
}

/** What the in-memory service answers to a List: a character for each record, or the message of its refusal. */
export function inMemory(sent: readonly string[], version: Version, records: readonly ImageRecord[]): string {
  try {
    const accepts = imageFilter(sent, profiles[counterparts[version].profile]);
    return records.map((record) => (accepts(record) ? "1" : "0")).join("");
  } catch (error) {
    if (error instanceof Status) return error.message;
    throw error;
  }
}

/** An image as the in-memory service holds it. */
export function recordOf(image: NewImage): ImageRecord {
  return { ...draftFromImage(image), createdAt: instantOf(0n), updatedAt: instantOf(0n) };
}
