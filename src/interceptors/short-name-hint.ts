import { fullNameOf } from "../reference/full-name.js";

/**
 * What to say about a name that was not found and is not the full one. It is also true for a program that has chosen
 * short names for records of its own.
 */
export function shortNameHint(name: string): string | undefined {
  const fullName = fullNameOf(name);
  if (fullName === undefined || fullName === name) return undefined;
  return `Docker and CRI store records under full names: they would store this one as "${fullName}"`;
}
