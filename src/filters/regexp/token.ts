/** Why no Go can read a pattern, or why it is not run here. */
export class PatternError extends Error {}

/** Part of a class: a character, a range, or a class by name. */
export interface ClassItem {
  /** As the engine is given it. */
  readonly text: string;
  /** The first series of containerd that knows it as it is written: its place in `series`. */
  readonly since?: number | undefined;
}

export type Meaning =
  | { readonly kind: ")" | "|" | "." | "*" } // * is any repeat
  | { readonly kind: "^" } // all that matches between characters: ^ $ \A \z \b \B
  | { readonly kind: "["; readonly not: boolean; readonly items: readonly ClassItem[] }
  | ({ readonly kind: "(" | "(?)" } & FlagChange) // a group, or only flags
  | { readonly kind: "literal"; readonly value: string }; // any number of characters; a repeat repeats the last

/** Flags that are turned on and off: some of `imsU`. */
export interface FlagChange {
  readonly on: string;
  readonly off: string;
}

/** A piece of a pattern as Go reads it, and as it is written. The texts of all tokens together are the pattern. */
export type Token = Meaning & {
  readonly text: string;
  /** Those that hold for it. */
  readonly flags: string;
};
