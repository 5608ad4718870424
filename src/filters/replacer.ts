/**
 * Replaces every match of `one`, which has no groups, some at a time: to collect the garbage of very many at once costs
 * more than their number.
 */
export function replacer(one: RegExp) {
  const runs = new RegExp(`(?:${one.source}){1,64}`, one.flags);
  return (text: string, replace: (match: string, at: number) => string): string =>
    text.replace(runs, (run, start: number) => run.replace(one, (match, at: number) => replace(match, start + at)));
}
