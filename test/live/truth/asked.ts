import type { Labels, NewDescriptor } from "../../../src/index.js";
import type { Span } from "./daemon-clock.js";
import { CRI_LABEL, msOf, ownLabels, type RecordState } from "./record-state.js";

/** The state that a call asks for: what it names, and nothing of what it leaves alone. */
export interface Asked {
  /** Without one the target stays. */
  readonly target?: NewDescriptor | undefined;
  readonly labels?: Labels | undefined;
  /** Whether the record is to have no other labels. */
  readonly isWhole: boolean;
  /** The date to be stored, where the call chooses it. */
  readonly epochMs?: number | undefined;
}

/** Whether a record has the target and the labels asked for, whoever wrote it and when. */
export function holds({ target, labels = {}, isWhole }: Asked, state: RecordState): boolean {
  const isTarget = target === undefined || isSameTarget(target, state);
  const own = ownLabels(state);
  const entries = Object.entries(labels).filter(([key]) => key !== CRI_LABEL);
  const hasLabels = entries.every(([key, value]) => own[key] === value);
  return isTarget && hasLabels && (!isWhole || Object.keys(own).length === entries.length);
}

function isSameTarget({ digest, mediaType, size }: NewDescriptor, state: RecordState): boolean {
  return state.digest === digest && state.mediaType === mediaType && state.size === String(size);
}

/** Whether a creation could have left this record's date: the one asked for, or one that the daemon has chosen. */
export function hasDateOf({ epochMs }: Asked, time: string, within: readonly Span[]): boolean {
  const ms = msOf(time);
  return epochMs === undefined ? within.some(([from, to]) => ms >= from && ms <= to) : ms === epochMs;
}

/** Whether a creation in this call could have left both dates: where it chooses them, others may have written since. */
export function hasDatesOf(asked: Asked, state: RecordState, within: readonly Span[]): boolean {
  const { createdAt, updatedAt } = state;
  if (!hasDateOf(asked, createdAt, within)) return false;
  return asked.epochMs === undefined || updatedAt === createdAt || within.some(([from]) => msOf(updatedAt) >= from);
}
