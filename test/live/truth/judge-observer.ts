import type { ImageEvent } from "../../../src/index.js";
import { isSameSeen } from "./judge.js";
import { isSameState, type State, stateOfImage } from "./record-state.js";

/** What a watch, a cache and a wait said of one record, which was in these states one after the other. */
export interface Observation {
  readonly states: readonly State[];
  /** How many of them were over when the wait began. */
  readonly statesBeforeWait: number;
  readonly events: readonly ImageEvent[];
  readonly cached: State;
  /** What the wait has ended with; `undefined` where it still waits. */
  readonly waited: { readonly state: State } | undefined;
  /** Whether the wait is for a record like this. */
  readonly isWanted: (state: State) => boolean;
}

/** All that is wrong in it; what an observer says last has to be how the record is. */
export function judgeObservation(observation: Observation): string[] {
  return [...falseEvents(observation), ...falseEnd(observation), ...falseWait(observation)];
}

/** Whether the watch and the cache say that the record is in this state. */
export function observed({ events, cached }: Pick<Observation, "events" | "cached">, state: State): boolean {
  const told = events.at(-1);
  return isSameSeen(told && stateAfter(told), state) && isSameSeen(cached, state);
}

/** Each event follows from the one before, and tells of a later state of the record: never of an older one. */
function falseEvents({ states, events }: Observation): string[] {
  let last: State;
  let at = 0;
  return events.flatMap((event) => {
    const { type, image, previous } = event;
    const before = type === "created" ? undefined : stateOfImage(previous ?? image);
    const now = stateAfter(event);
    const isFollowing = isSameState(before, last) && !isSameState(now, last);
    at = states.findIndex((state, index) => index >= at && isSameSeen(now, state));
    last = now;
    if (!isFollowing) return [`the watch says ${type}, which does not follow from what it said before`];
    if (at >= 0) return [];
    at = 0;
    return [`the watch says ${type}, but the record was never so, or not any more: ${JSON.stringify(now)}`];
  });
}

function falseEnd({ states, events, cached }: Observation): string[] {
  const last = states.at(-1);
  if (observed({ events, cached }, last)) return [];
  const told = events.at(-1);
  const said = [told && stateAfter(told), cached].map((state) => JSON.stringify(state) ?? "none");
  return [`the record is ${JSON.stringify(last) ?? "none"}; the watch still says ${said[0]}, the cache ${said[1]}`];
}

function falseWait({ states, statesBeforeWait, waited, isWanted }: Observation): string[] {
  if (waited === undefined) return isWanted(states.at(-1)) ? ["the wait has no end, but the record is as wanted"] : [];
  const wasSo = states.slice(statesBeforeWait).some((state) => isSameSeen(waited.state, state));
  return wasSo && isWanted(waited.state) ? [] : [`the wait ended with what never was: ${JSON.stringify(waited)}`];
}

function stateAfter({ type, image }: ImageEvent): State {
  return type === "deleted" ? undefined : stateOfImage(image);
}
