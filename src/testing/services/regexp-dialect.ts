import { portable } from "../../filters/go-pattern.js";
import type { Profile } from "../profile.js";

// An odd number of backslashes before the letter makes it a class.
const recentProperty = /(?<!\\)(?:\\\\)*\\[pP]\{\^?(?:Assigned|Ascii|Cn|L[Cc])\}/;

/** Whether the Go of the version knows every construct of a regexp that a newer Go accepts. */
export function isKnownPattern(pattern: string, { angleNamedGroups, recentProperties }: Profile): boolean {
  const hasAngleGroup = portable(pattern) !== pattern;
  return (angleNamedGroups || !hasAngleGroup) && (recentProperties || !recentProperty.test(pattern));
}
