import type { Image, Outcome } from "../../../src/index.js";

/** What a record can look like here: its digest and one label, or nothing. */
export type State = string;

export const ABSENT: State = "absent";

/** How a record that was read looks. */
export function stateOf(image: Image | undefined): State {
  return image === undefined ? ABSENT : `${image.target.digest} ${image.labels["version"] ?? "-"}`;
}

/**
 * What is known about one name, which only one worker writes.
 *
 * A write that succeeded leaves one possible state; one whose outcome is `unknown` leaves two; one that was
 * `not-applied` must have changed nothing.
 */
export class Oracle {
  #possible: ReadonlySet<State> = new Set([ABSENT]);

  /** The state, where it is certain. */
  get certain(): State | undefined {
    const [state, ...others] = this.#possible;
    return others.length === 0 ? state : undefined;
  }

  wrote(next: State, outcome: "ok" | Outcome): void {
    if (outcome === "ok" || outcome === "applied") this.#possible = new Set([next]);
    if (outcome === "unknown") this.#possible = new Set([...this.#possible, next]);
  }

  /** Notes a record that was read; returns false if the record is impossible. */
  read(state: State): boolean {
    const isPossible = this.#possible.has(state);
    this.#possible = new Set([state]);
    return isPossible;
  }
}
