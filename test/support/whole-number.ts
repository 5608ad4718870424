/**
 * The whole number that a program was given as an argument. Any other text throws: a program that checks something must
 * not succeed because of a misspelled argument.
 */
export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(
    `${JSON.stringify(text)} is no whole number; the comment at the top of the program says what it takes`,
  );
}
