import { isKnown } from "../../filters/regexp/dialect.js";
import type { Profile } from "../profile.js";

/** Whether the Go of the version knows every construct of a regexp that a newer Go accepts. */
export function isKnownPattern(pattern: string, { angleNamedGroups, recentProperties }: Profile): boolean {
  const series = recentProperties ? "2.1" : angleNamedGroups ? "1.7" : "1.6";
  return isKnown(pattern, { angles: angleNamedGroups, series });
}
