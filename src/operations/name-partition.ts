import { all, type Filter, field } from "../filters/index.js";

/** A part of all possible names. */
export interface NamePartition {
  /** Matches the records whose names are in it. */
  readonly filter: Filter;
  /** The only name in it, if there is only one. */
  readonly name?: string | undefined;
  /** Divides it into smaller parts: each of its names is in exactly one of them. A single name has none. */
  split(): readonly NamePartition[];
}

// Each class has the letters and digits whose Gray code has one certain bit: so each class halves them, and ranges keep
// the text short. Its length decides what a List costs, because the server compiles the regexp for every record.
const PARITY_CLASSES = ["4-9d-kt-z", "2-5b-ej-mr-uz", "12569abefijmnqruvyz", "89h-ox-z", "0369cfilorux", "0-4a-m"];

const LAST_ASCII = 0x7f;
const LAST_CHARACTER = 0x10ffff;

/**
 * All possible names, to be divided until each part is small enough to list.
 *
 * Nothing is known about the names when they are divided, and most of them begin and end alike. So they are first
 * divided by checksums, which halve almost any set of names: whether the number of characters of a class is even. Names
 * that have the same checksums are divided by their first characters, which differ sooner or later.
 *
 * A name can be any bytes. The classes match line feeds too, and RE2 reads bytes that are not UTF-8 as U+FFFD.
 */
export const allNames: NamePartition = parityPartition(all, 0);

function parityPartition(filter: Filter, depth: number): NamePartition {
  const letters = PARITY_CLASSES[depth];
  return {
    filter,
    split: () =>
      letters === undefined
        ? charactersFrom(filter, "", 0, LAST_CHARACTER).split()
        : [even(letters), odd(letters)].map((pattern) => parityPartition(and(filter, pattern), depth + 1)),
  };
}

function even(letters: string): string {
  const [one, others] = [`[${letters}]`, `[^${letters}]*`];
  return `^${others}(?:${one}${others}${one}${others})*$`;
}

function odd(letters: string): string {
  return even(letters).replace("^", `^[^${letters}]*[${letters}]`);
}

/** The names of `outer` that have a character from `first` to `last` after `prefix`. */
function charactersFrom(outer: Filter, prefix: string, first: number, last: number): NamePartition {
  const part = (from: number, to: number) => charactersFrom(outer, prefix, from, to);
  return {
    filter: and(outer, `^${prefix}[${escaped(first)}-${escaped(last)}]`),
    split: () => {
      if (first === last) return afterPrefix(outer, prefix + escaped(first));
      const middle = first <= LAST_ASCII && last > LAST_ASCII ? LAST_ASCII : Math.floor((first + last) / 2);
      return [part(first, middle), part(middle + 1, last)];
    },
  };
}

function afterPrefix(outer: Filter, prefix: string): readonly NamePartition[] {
  const name = prefix.replace(/\\x{(\w+)}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  const justThis: NamePartition = { name, filter: and(outer, `^${prefix}$`), split: () => [] };
  return [justThis, ...charactersFrom(outer, prefix, 0, LAST_CHARACTER).split()];
}

function and(filter: Filter, pattern: string): Filter {
  return filter.and(field.name.matches(pattern));
}

function escaped(character: number): string {
  return `\\x{${character.toString(16)}}`;
}
