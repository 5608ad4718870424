import { type Case, smaller } from "./cases.js";

const mostTrials = 3_000; // after which a long case is simple enough

/**
 * Makes a case simpler, step by step, as long as `differs` still finds something in it, and gives what it finds last.
 */
export async function minimize<T>(
  found: Case,
  differs: (found: Case) => Promise<T | undefined>,
): Promise<T | undefined> {
  let least = await differs(found);
  let trials = 0;
  for (let next: Case | undefined = least && found; next !== undefined; ) {
    const simpler = smaller(next);
    next = undefined;
    for (const candidate of simpler) {
      if (++trials > mostTrials) return least;
      const difference = await differs(candidate);
      if (difference === undefined) continue;
      [least, next] = [difference, candidate];
      break;
    }
  }
  return least;
}
