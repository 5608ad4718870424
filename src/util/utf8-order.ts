/** Orders strings by their UTF-8 bytes, as containerd orders names. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Sorts items by the UTF-8 bytes of their texts. Texts without surrogates have the order that `<` gives, which takes a
 * third of the time.
 */
export function sortByUtf8<T>(items: T[], textOf: (item: T) => string): T[] {
  const hasSurrogates = items.some((item) => /[\ud800-\udfff]/.test(textOf(item)));
  return items.sort((a, b) => (hasSurrogates ? compareUtf8 : compareUnits)(textOf(a), textOf(b)));
}

function compareUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

// A surrogate is half of a character above U+FFFF; in UTF-8 those come after all others.
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
