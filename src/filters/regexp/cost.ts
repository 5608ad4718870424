import type { ClassItem, Token } from "./token.js";

/** About how many instructions the engine makes of a property, and of a range of letters under the flag i. */
const PROPERTY_COST = 30;
const FOLDED_RANGE_COST = 8000;

/** A range up to a character that is not ASCII, or to its code. */
const RANGE_BEYOND_ASCII = /-(?:[^ -~]|\\(?:[2-7]\d|x\{?0*(?:[89a-f]|[1-7]\w))\w)/i;

/** About how many instructions a pattern becomes, beyond what is written, by its repeats and its classes. */
export function expansionCost(tokens: readonly Token[]): number {
  const factors = [1]; // for each open group, how often it is repeated; read from the end, a group begins with its `)`
  let times = 1;
  let cost = 0;
  for (const token of [...tokens].reverse()) {
    const factor = times * (factors.at(-1) ?? 1);
    if (token.kind === ")") factors.push(factor);
    if (token.kind === "(") factors.pop();
    // Of a literal, a repeat repeats only the last character.
    const length = token.kind === "literal" && times === 1 ? token.value.length : 1;
    cost += (factor - 1) * length + factor * classCost(token);
    times = token.kind === "*" ? timesOf(token.text) : 1;
  }
  return cost;
}

function timesOf(repeat: string): number {
  return Math.max(1, ...repeat.split(/\D+/).map(Number));
}

function classCost(token: Token): number {
  if (token.kind !== "[") return 0;
  const rangeCost = token.flags.includes("i") ? FOLDED_RANGE_COST : 0;
  const costOf = (item: ClassItem) =>
    item.unknownTo ? PROPERTY_COST : RANGE_BEYOND_ASCII.test(item.text) ? rangeCost : 0;
  return token.items.reduce((sum, item) => sum + costOf(item), 0);
}
