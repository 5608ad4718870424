/** The end of every hint that is only a guess. */
const FIND_OUT = "; diagnose() finds out more";

/** A hint that says what is likely, and how to find out what it is. */
export function unsure(hint: string): string {
  return hint + FIND_OUT;
}

/** The same hint for `diagnose` itself, which has nothing more to find out. */
export function withoutDiagnose(hint: string): string {
  return hint.endsWith(FIND_OUT) ? hint.slice(0, -FIND_OUT.length) : hint;
}
