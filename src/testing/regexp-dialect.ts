import { tokenize } from "../filters/pattern-tokens.js";
import { isRecentProperty } from "../filters/unicode-property.js";
import type { Profile } from "./profile.js";

/** Whether the Go of the version knows every construct of a regexp that a newer Go accepts. */
export function isKnownPattern(pattern: string, { angleNamedGroups, longPropertyNames }: Profile): boolean {
  if (angleNamedGroups && longPropertyNames) return true;
  return [...tokenize(pattern)].every(({ kind, text }) => {
    if (kind === "open") return angleNamedGroups || !text.startsWith("(?<");
    const hasProperties = kind === "escape" || kind === "class";
    return longPropertyNames || !hasProperties || !propertiesOf(text).some(isRecentProperty);
  });
}

function propertiesOf(text: string): string[] {
  return text.match(/\\(?:[pP]\{[^}]*\}|.)/gsu) ?? [];
}
