import { type Cursor, fail, peek, take } from "./cursor.js";
import { type Filter, filterOf } from "./filter.js";
import { combine, type FilterNode, type Operator, selector } from "./filter-node.js";
import { refuse } from "./rule.js";
import { unquote } from "./unquote.js";

/**
 * Reads filters in containerd's language, one for each string; a record has to match one of them.
 *
 * It accepts what containerd accepts, silent mistakes included ({@link check} finds those), and refuses the rest. As
 * on the server, no string at all and any "" mean everything. Which characters may stand in a value without quotes
 * depends on the Unicode version of the server's Go; here it is that of the JavaScript engine.
 *
 * @throws FilterSyntaxError where containerd would answer `invalid_argument`; the message shows the place
 * @throws ValidationError for something that is no string
 *
 * @example
 * ```ts
 * compile(parse("labels.env==prod, name~=^docker")); // => ['labels.env=="prod",name~="^docker"']
 * compile(parse("name==app:1", "name==app:2")); // => ['name=="app:1"', 'name=="app:2"']
 * compile(parse("")); // => []
 * parse("name=app"); // throws FilterSyntaxError
 * ```
 */
export function parse(...strings: readonly string[]): Filter {
  return filterOf(combine(strings.length === 0 ? "and" : "or", strings.map(parseOne), true));
}

const space = /\p{White_Space}*/uy;
const comma = /,?/y;
const dot = /\.?/y;
const bareName = /\w*/y;
const operator = /(?:[=!~]=(?![=!~]))?/y;
const bareValue = /(?:[^\p{White_Space},."/|=!~][^,\p{C}\p{Z}]*)?/uy;

function parseOne(input: unknown, index: number): FilterNode {
  if (typeof input !== "string") return refuse(`parse[${index}]`, "must be a string");
  if (input === "") return combine("and", []);
  const at = input.search(/[\0\ufffd\p{Surrogate}]/u);
  if (at >= 0) fail({ input, at }, "NUL is \\x00 in quotes, U+FFFD \\ufffd");
  const cursor = { input, at: 0 };
  const clauses: FilterNode[] = [];
  const isGoingOn = () => take(cursor, comma) || fail(cursor, "expected a comma, or a quoted value");
  do clauses.push(readClause(cursor));
  while (cursor.at < input.length && isGoingOn());
  return combine("and", clauses);
}

function readClause(cursor: Cursor): FilterNode {
  const path: string[] = [];
  do path.push(readText(cursor, bareName, '"', "expected a field, or a quoted one"));
  while (take(cursor, dot));
  if (/^,?$/.test(peek(cursor))) return selector(path);
  take(cursor, space);
  const op = take(cursor, operator) || fail(cursor, "expected ==, != or ~=, or a quoted field");
  const quotes = op === "~=" ? '"/|' : '"';
  const value = readText(cursor, bareValue, quotes, "expected a value, or a quoted one");
  return selector(path, op as Operator, value); // as the expression says
}

function readText(cursor: Cursor, bare: RegExp, quotes: string, reason: string): string {
  take(cursor, space);
  const first = peek(cursor);
  if (first !== "" && quotes.includes(first)) return unquote(cursor);
  return take(cursor, bare) || fail(cursor, reason);
}
