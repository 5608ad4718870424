import type { Descriptor, Labels } from "../image.js";

/** How to compare each field of a type. A new field of the type does not compile until its comparison is decided. */
export type FieldEquality<T> = { readonly [Field in keyof T]-?: (a: T[Field], b: T[Field]) => boolean };

/** Whether two descriptors are the same; `hasSame` compares their annotations. */
export function isSameDescriptor(a: Descriptor, b: Descriptor, hasSame = hasSameEntries): boolean {
  const equality: FieldEquality<Descriptor> = { mediaType: isSame, digest: isSame, size: isSame, annotations: hasSame };
  return isEqualBy(equality, a, b);
}

/** Whether all fields are equal, each by its own comparison. */
export function isEqualBy<T extends object>(equality: FieldEquality<T>, a: T, b: T): boolean {
  const isSameField = <Field extends keyof T>(field: Field) => equality[field](a[field], b[field]);
  return (Object.keys(equality) as (keyof T)[]).every(isSameField); // its keys are those of T, as its type says
}

/** Whether two maps of labels or annotations have the same entries, with the same values. */
export function hasSameEntries(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}

/** The keys at which two maps of labels or annotations differ. */
export function differingKeys(a: Labels, b: Labels): readonly string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => entryOf(a, key) !== entryOf(b, key));
}

/**
 * The value of a key, or the empty text if there is none: the server stores no entry with an empty value, so the two
 * mean the same. Only own keys count, so that `toString` is a key like any other.
 */
export function entryOf(entries: Labels, key: string): string {
  return Object.hasOwn(entries, key) ? (entries[key] ?? "") : "";
}

export function isSame<T extends string | number>(a: T, b: T): boolean {
  return a === b;
}

export function isSameTime(a: Date, b: Date): boolean {
  return a.getTime() === b.getTime();
}
