import type { Mutation } from "./operators.js";

/** A mutation with its number, by which it is switched on. */
export interface Mutant extends Mutation {
  readonly id: number;
  /** Path of its file from the root, and what is in it. */
  readonly file: string;
  readonly text: string;
}

/**
 * The text of a file with all of its mutants in it, each switched off: `__mutated(id)` says whether it is the one that
 * is tried. So one build serves for all mutants, and shows which tests reach which.
 */
export function instrumented(text: string, mutants: readonly Mutant[]): string {
  const outerFirst = mutants.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let next = 0;
  const span = (from: number, to: number): string => {
    let [out, at] = ["", from];
    for (let mutant = outerFirst[next]; mutant !== undefined && mutant.end <= to; mutant = outerFirst[next]) {
      next += 1;
      out += text.slice(at, mutant.start) + switched(mutant, span(mutant.start, mutant.end));
      at = mutant.end;
    }
    return out + text.slice(at, to);
  };
  return span(0, text.length);
}

// The braces keep an `else` with its own `if`.
function switched({ id, place, replacement }: Mutant, original: string): string {
  if (place === "expression") return `(__mutated(${id}) ? (${replacement}) : (${original}))`;
  return `{ if (__mutated(${id})) { ${replacement} } else { ${original} } }`;
}

/** The text of a mutant's file with the mutant instead of what it replaces. */
export function mutated({ text, start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
