/** The series of containerd, as Debian builds them: with Go 1.19, 1.24 and 1.27, which have Unicode 13, 15 and 17. */
export type Series = "1.6" | "1.7" | "2.1";

/** Part of a class: a character, a range, a name such as `[:alpha:]`, or a property of Unicode such as `\pL`. */
export interface ClassItem {
  /** As RE2 reads it. */
  readonly text: string;
  /** Of a property: how it was written, and the series that cannot read it so. */
  readonly written?: string;
  readonly unknownTo?: readonly Series[];
}

export interface CharacterClass {
  readonly kind: "[";
  /** Whether it is the complement, `[^…]`. */
  readonly not: boolean;
  readonly items: readonly ClassItem[];
}

export type Meaning =
  | { readonly kind: ")" | "|" | "." | "*" } // * is any repeat
  | { readonly kind: "^" } // all that matches between characters: ^ $ \A \z \b \B
  | CharacterClass
  | ({ readonly kind: "(" | "(?)" } & FlagChange) // a group, or only flags
  | { readonly kind: "literal"; readonly value: string }; // any number of characters; a repeat repeats the last

/** Flags that are turned on and off: some of `imsU`. */
export interface FlagChange {
  readonly on: string;
  readonly off: string;
}

/** A piece of a pattern, as Go reads it and as it is written. The texts of all tokens together are the pattern. */
export type Token = Meaning & {
  readonly text: string;
  /** The flags that are on at this place. */
  readonly flags: string;
};
