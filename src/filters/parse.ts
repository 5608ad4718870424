import { type Cursor, peek, take } from "./cursor.js";
import { failAt, refuse } from "./errors.js";
import type { Filter } from "./filter.js";
import { type Comparison, combine, type FilterNode, selector } from "./filter-node.js";
import { filterOf } from "./filter-value.js";
import { unquote } from "./quote.js";

/**
 * Reads filters in containerd's language, one for each string; a record has to match one of them.
 *
 * It accepts what containerd accepts and refuses the rest. It also accepts the mistakes that containerd does not
 * report; {@link check} finds those. As on the server, no string at all matches every record, and so does a "" among
 * the strings: check a string that comes from elsewhere for "" if that is not meant. `deleteMany` refuses such a
 * filter. Which characters may stand in a value without quotes depends on the Unicode version of the server's Go; this
 * function takes that of the JavaScript engine.
 *
 * @throws FilterSyntaxError if containerd would respond `invalid_argument`; the message shows the place
 * @throws ValidationError if an argument is not a string
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
  return filterOf(combine(strings.length ? "or" : "and", strings.map(parseOne), true));
}

const WHITE_SPACE = /\p{White_Space}*/uy;
const BARE_NAME = /\w+/y;
const BARE_VALUE = /[^\p{White_Space},."/|=!~][^,\p{C}\p{Z}]*/uy;
const OPERATOR = /[=!~]=(?![=!~])/y;
const UNREADABLE = /[\0\ufffd\p{Cs}]/u;

/**
 * The quotes that may stand around the value of each operator: a pattern may also be written as `/…/` or `|…|`.
 * OPERATOR has to find each of these operators.
 */
const QUOTES: Readonly<Record<Comparison, string>> = { "==": '"', "!=": '"', "~=": '"/|' };

function parseOne(input: unknown, index: number): FilterNode {
  if (typeof input !== "string") return refuse(`parse[${index}]`, "must be a string");
  if (input === "") return combine("and", []);
  const at = input.search(UNREADABLE);
  if (at >= 0) failAt({ input, at }, "NUL is \\x00 in quotes, U+FFFD \\ufffd");
  const cursor = { input, at: 0 };
  const clauses: FilterNode[] = [];
  do clauses.push(readClause(cursor));
  while (take(cursor, /,/y));
  return cursor.at < input.length ? failAt(cursor, "expected a comma or a quoted value") : combine("and", clauses);
}

function readClause(cursor: Cursor): FilterNode {
  const path: string[] = [];
  do path.push(readText(cursor, BARE_NAME, '"', "field"));
  while (take(cursor, /\./y));
  if (/^,?$/.test(peek(cursor))) return selector(path);
  take(cursor, WHITE_SPACE);
  const op = take(cursor, OPERATOR) as Comparison | ""; // as the expression says
  if (op === "") return failAt(cursor, "expected ==, != or ~=, or a quoted field");
  return selector(path, op, readText(cursor, BARE_VALUE, QUOTES[op], "value"));
}

function readText(cursor: Cursor, bare: RegExp, quotes: string, what: string): string {
  take(cursor, WHITE_SPACE);
  if ([...quotes].includes(peek(cursor))) return unquote(cursor);
  return take(cursor, bare) || failAt(cursor, `expected a ${what} or a quoted one`);
}
