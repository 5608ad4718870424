import { type Case, smaller } from "./cases.js";

/** Makes a case simpler, step by step, as long as `differs` still finds something in it, and gives what it finds last. */
export async function minimize<T>(
  found: Case,
  differs: (found: Case) => Promise<T | undefined>,
): Promise<T | undefined> {
  let least = await differs(found);
  for (let next: Case | undefined = least && found; next !== undefined; ) {
    const simpler = smaller(next);
    next = undefined;
    for (const candidate of simpler) {
      const difference = await differs(candidate);
      if (difference === undefined) continue;
      [least, next] = [difference, candidate];
      break;
    }
  }
  return least;
}
