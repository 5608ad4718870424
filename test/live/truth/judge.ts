import type { ErrorCode, Labels, Outcome } from "../../../src/index.js";
import { LABEL_GC_EXPIRE } from "../../../src/labels.js";
import { type Asked, hasDateOf, hasDatesOf, holds } from "./asked.js";
import type { Span } from "./daemon-clock.js";
import { isApplied, type Step, type Who } from "./history.js";
import { CRI_LABEL, msOf, type RecordState, type State } from "./record-state.js";

/** The result of a call, in one form for all methods. */
export type Report =
  | { readonly is: "success"; readonly image?: RecordState | undefined; readonly created?: boolean | undefined }
  | { readonly is: "error"; readonly code: ErrorCode; readonly outcome: Outcome }
  /** `delete` with `ignoreMissing` gave false, or `deleteMany` said that it left the record alone. */
  | { readonly is: "left-alone"; readonly why: "missing" | "changed" };

/** A digest and labels that a record has to have. */
export interface Condition {
  readonly digest?: string | undefined;
  readonly labels?: Labels | undefined;
}

/** The lease of a call that no one has deleted, on a server whose leases hold records. */
export interface KnownLease {
  readonly exists: boolean;
  /** Whether it holds the record when the call has ended. */
  readonly holds: boolean;
}

/** What a call did, as far as truth is concerned. */
export interface Trial {
  readonly kind: "create" | "update" | "upsert" | "delete";
  readonly asked: Asked;
  /** What the record has to be like for a conditional delete. */
  readonly onlyIf?: Condition | undefined;
  /** Whether the server compares the digest in the delete itself, so that nothing can come in between. */
  readonly isAtomic: boolean;
  /** The lease, where it is known whether it was there. */
  readonly lease?: KnownLease | undefined;
  /** The record when the call began. */
  readonly start: State;
  /** All that happened from then on, until nothing could come any more. */
  readonly steps: readonly Step[];
  /** How many of the steps were over when the call ended. */
  readonly stepsInCall: number;
  /** What the daemon's clock showed during the call. */
  readonly within: readonly Span[];
  readonly report: Report;
}

/**
 * All wrong statements of a call about what it did; an empty list for a correct call.
 *
 * The rule: a success means that this call has reached the requested state, or that no reader can see a difference from
 * that; `not-applied` means that the change is never made; a record that may be another client's is never deleted;
 * `unknown` is always correct.
 */
export function judge(trial: Trial): string[] {
  return [...wrongDoing(trial), ...wrongReport(trial)];
}

function wrongReport(trial: Trial): string[] {
  const { report } = trial;
  switch (report.is) {
    case "success":
      return [
        ...falseSuccess(trial),
        ...falseImage(trial, report.image),
        ...falseCreated(trial, report.created),
        ...falseHold(trial.lease, report.image),
      ];
    case "left-alone":
      return [...falseNotApplied(trial), ...falseReason(trial, report.why)];
    case "error":
      return [...falseOutcome(trial, report.outcome), ...falseCode(trial, report.code)];
  }
}

function wrongDoing(trial: Trial): string[] {
  return [...secondActs(trial), ...unwantedDeletes(trial)];
}

/** One call acts once. A second time may only happen where it changes nothing. */
function secondActs(trial: Trial): string[] {
  const [, ...again] = byLibrary(trial);
  return again.flatMap(({ kind, before }) => {
    if (kind === "delete") return ["deleted a second record, which is somebody else's"];
    if (before !== undefined && holds(trial.asked, before)) return [];
    return [`acted twice: its second ${kind} undid what another had done after the first`];
  });
}

/** A conditional delete takes only what is as it says, or, where the server does not compare, was so in the call. */
function unwantedDeletes(trial: Trial): string[] {
  const { onlyIf, isAtomic } = trial;
  if (onlyIf === undefined) return [];
  const isWanted = (state: State) => state !== undefined && meets(onlyIf, state);
  const wasWanted = statesInCall(trial).some(isWanted);
  const isCompared = isAtomic && onlyIf.digest !== undefined;
  return byLibrary(trial).flatMap(({ before }) => {
    return isWanted(before) || (!isCompared && wasWanted) ? [] : ["deleted a record that is not as the condition says"];
  });
}

/** Whether a record has the digest and the labels of a condition. */
export function meets({ digest, labels = {} }: Condition, state: RecordState): boolean {
  const hasLabels = Object.entries(labels).every(([key, value]) => state.labels[key] === value);
  return hasLabels && (digest === undefined || digest === state.digest);
}

function falseSuccess(trial: Trial): string[] {
  if (byLibraryInCall(trial).length > 0 || isReached(trial)) return [];
  return ["success, but the state asked for was never reached, or is another's that a reader can tell apart"];
}

/** Whether others have brought about, during the call, what nobody could tell apart from its effect. */
function isReached(trial: Trial): boolean {
  const { kind, asked, within } = trial;
  const alike = statesInCall(trial).flatMap((state) => (state !== undefined && holds(asked, state) ? [state] : []));
  switch (kind) {
    case "delete":
      return statesInCall(trial).includes(undefined);
    case "create":
      return alike.some((state) => hasDatesOf(asked, state, within));
    case "update":
      return alike.some(({ updatedAt }) => asked.epochMs === undefined || hasDateOf(asked, updatedAt, within));
    case "upsert":
      return alike.some(
        (state) =>
          asked.epochMs === undefined || hasDatesOf(asked, state, within) || hasDateOf(asked, state.updatedAt, within),
      );
  }
}

function falseImage(trial: Trial, image: RecordState | undefined): string[] {
  if (image === undefined) return [];
  const isSeen = statesInCall(trial).some((state) => state !== undefined && isSameImage(image, state));
  return isSeen ? [] : [`gave a record that never was: ${JSON.stringify(image)}`];
}

/** Whether a record that a client has seen, or that it is none, is this state. */
export function isSameSeen(seen: State, state: State): boolean {
  return seen === undefined || state === undefined ? seen === state : isSameImage(seen, state);
}

// CRI may have set its label, and with it the date, between two looks at the record.
function isSameImage(image: RecordState, state: RecordState): boolean {
  const bare = (one: RecordState) => {
    const labels = Object.entries(one.labels).filter(([key]) => key !== CRI_LABEL);
    return JSON.stringify([one.digest, one.mediaType, one.size, labels, msOf(one.createdAt)]);
  };
  const hasCri = image.labels[CRI_LABEL] !== undefined || state.labels[CRI_LABEL] !== undefined;
  return bare(image) === bare(state) && (hasCri || msOf(image.updatedAt) === msOf(state.updatedAt));
}

function falseCreated(trial: Trial, created: boolean | undefined): string[] {
  if (created === undefined) return [];
  if (!created)
    return lastHolder(trial) === "library" ? ["created: false, but the record there is the call's own"] : [];
  const { asked, within } = trial;
  const isOurs = byLibraryInCall(trial).some(({ kind }) => kind === "create");
  const isAlike = statesInCall(trial).some(
    (state) => state !== undefined && holds(asked, state) && hasDatesOf(asked, state, within),
  );
  return isOurs || isAlike ? [] : ["created: true, but the record was there before"];
}

/** A record that can expire is deleted if no lease holds it, so a success under a lease says that it does. */
function falseHold(lease: KnownLease | undefined, image: RecordState | undefined): string[] {
  if (lease === undefined || lease.holds || image === undefined || !(LABEL_GC_EXPIRE in image.labels)) return [];
  return ["success, but the lease does not hold the record"];
}

function falseOutcome(trial: Trial, outcome: Outcome): string[] {
  switch (outcome) {
    case "not-applied":
      return falseNotApplied(trial);
    case "applied":
      return falseSuccess(trial).map(() => "applied, but it was not");
    case "unknown":
      return [];
  }
}

function falseNotApplied(trial: Trial): string[] {
  const applied = byLibrary(trial);
  return applied.length === 0 ? [] : [`not applied, but its ${applied[0]?.kind} was`];
}

function falseReason(trial: Trial, why: "missing" | "changed"): string[] {
  return falseCode(trial, why === "missing" ? "not_found" : "failed_precondition");
}

/** Some codes claim something of the record, whatever became of the call. */
function falseCode(trial: Trial, code: ErrorCode): string[] {
  const states = statesInCall(trial);
  switch (code) {
    case "already_exists":
      return holdersInCall(trial).some((who) => who !== undefined && who !== "library")
        ? []
        : ["already_exists, but no other record had the name"];
    case "not_found":
      return states.includes(undefined) || isFiltered(trial) ? [] : ["not_found, but it was there all the time"];
    case "failed_precondition": {
      const { onlyIf, asked, lease } = trial;
      if (onlyIf === undefined && asked.epochMs === undefined && lease?.exists)
        return ["the lease was there all the time"];
      if (onlyIf === undefined || states.some((state) => state !== undefined && !meets(onlyIf, state))) return [];
      if (onlyIf.labels !== undefined && hasMoved(states)) return [];
      return ["it was as the condition says all the time"];
    }
    default:
      return [];
  }
}

/** Whether the record is not the one that a filter has found, or points elsewhere. */
function hasMoved(states: readonly State[]): boolean {
  const kinds = states.flatMap((state) => (state === undefined ? [] : [`${state.digest} ${state.createdAt}`]));
  return new Set(kinds).size > 1;
}

/** Whether a filter may have left the record out. */
function isFiltered(trial: Trial): boolean {
  const { onlyIf } = trial;
  if (onlyIf?.labels === undefined) return false;
  return statesInCall(trial).some((state) => state !== undefined && !meets(onlyIf, state));
}

function byLibrary({ steps }: Trial): Step[] {
  return steps.filter((step) => step.who === "library" && isApplied(step));
}

/** What it has done by the time that it says so; what comes later says nothing for it. */
function byLibraryInCall(trial: Trial): Step[] {
  return byLibrary({ ...trial, steps: trial.steps.slice(0, trial.stepsInCall) });
}

function statesInCall({ start, steps, stepsInCall }: Trial): State[] {
  return [start, ...steps.slice(0, stepsInCall).flatMap(({ before, after }) => [before, after])];
}

/** Who had created the record that was there, at each moment of the call; `undefined` for none. */
function holdersInCall({ start, steps, stepsInCall }: Trial): (Who | undefined)[] {
  const holders: (Who | undefined)[] = [start === undefined ? undefined : "other"];
  for (const { who, before, after } of steps.slice(0, stepsInCall)) {
    const isNew = before === undefined && after !== undefined;
    holders.push(after === undefined ? undefined : isNew ? who : holders.at(-1));
  }
  return holders;
}

function lastHolder(trial: Trial): Who | undefined {
  return holdersInCall(trial).at(-1);
}
