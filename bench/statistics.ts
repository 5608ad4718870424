/** The median of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = ascending(numbers);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A median, and the limits between which the true median lies with a probability of at least 95 %. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** `undecided` if the limit is within the interval. */
export type Verdict = "met" | "missed" | "undecided";

const PROBABILITY = 0.95;

/**
 * The interval of a median. It makes no assumption about the distribution: it counts how often so many samples would
 * all lie on one side of the true median. Fewer than six samples give no limits.
 */
export function intervalOf(numbers: readonly number[]): Interval {
  const sorted = ascending(numbers);
  const left = leftOut(sorted.length);
  const low = sorted[left - 1] ?? Number.NEGATIVE_INFINITY;
  const high = sorted[sorted.length - left] ?? Number.POSITIVE_INFINITY;
  return { median: median(numbers), low, high };
}

/** How two clients compare. Divides round by round, because a disturbance of the machine affects all of a round. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Interval {
  return intervalOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** Whether something that may be at most `atMost` is so; a median that is not a number decides nothing. */
export function verdictOf({ low, high }: Interval, atMost: number): Verdict {
  if (high <= atMost) return "met";
  return low > atMost ? "missed" : "undecided";
}

/** The limits are the samples of this rank, counted from 1 from both ends; 0 if even the outermost are too near. */
function leftOut(count: number): number {
  let rank = 0;
  let ways = 1; // in which `rank` of `count` samples are below the median
  let tail = 0;
  while (rank < count / 2) {
    tail += ways / 2 ** count;
    if (2 * tail > 1 - PROBABILITY) break;
    ways *= (count - rank) / (rank + 1);
    rank += 1;
  }
  return rank;
}

function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
