import { type Filter, filterOf } from "./filter.js";
import { combination, everything, type FilterNode, type Operator, selector } from "./filter-node.js";
import { kindOf, refuse } from "./rule.js";
import { syntaxError } from "./syntax-error.js";
import { unquote } from "./unquote.js";

/**
 * Reads filters in containerd's language, one for each string; a record has to match one of them.
 *
 * It accepts what containerd accepts, silent mistakes included ({@link check} finds those), and refuses the rest. As
 * on the server, no string at all and any "" mean everything. Which characters may stand in a value without quotes
 * depends on the Unicode version of the server; here it is that of the JavaScript engine.
 *
 * @throws FilterSyntaxError where containerd would answer `invalid_argument`; the message shows the place
 * @throws ValidationError for something that is no string
 *
 * @example
 * compile(parse("labels.env==prod, name~=^docker")); // => ['labels.env=="prod",name~="^docker"']
 * compile(parse("name==app:1", "name==app:2")); // => ['name=="app:1"', 'name=="app:2"']
 * compile(parse("")); // => []
 * parse("name=app"); // throws FilterSyntaxError
 */
export function parse(...strings: readonly string[]): Filter {
  const filters = strings.map(parseOne);
  const [first = everything] = filters;
  if (filters.length < 2) return filterOf(first);
  return filterOf(filters.includes(everything) ? everything : combination("or", filters, true));
}

const space = /\p{White_Space}*/uy;
const bareName = /\w*/y;
const operatorRun = /[=!~]*/y;
const bareValue = /(?:[^\p{White_Space},."/|=!~][^,\p{C}\p{Z}]*)?/uy;

/** A place in a filter string; reading moves it. */
interface Cursor {
  readonly input: string;
  at: number;
}

function parseOne(input: unknown, index: number): FilterNode {
  if (typeof input !== "string") return refuse(`parse[${index}]`, `must be a string, not ${kindOf(input)}`);
  if (input === "") return everything;
  checkCharacters(input);
  const cursor = { input, at: 0 };
  const first = readClause(cursor);
  const clauses = [first];
  for (; cursor.at < input.length; clauses.push(readClause(cursor))) readComma(cursor);
  return clauses.length === 1 ? first : combination("and", clauses);
}

function checkCharacters(input: string): void {
  if (!/[\0\ufffd]/.test(input) && input.isWellFormed()) return;
  const position = input.search(/[\0\ufffd]|\p{Surrogate}/u);
  const char = input.charAt(position);
  const written = char === "\0" ? "NUL is never allowed; write \\x00" : "U+FFFD is never allowed; write \\ufffd";
  throw syntaxError(input, position, /[\0\ufffd]/.test(char) ? `${written} in quotes` : "half of a surrogate pair");
}

function readClause(cursor: Cursor): FilterNode {
  const path = readPath(cursor);
  if (cursor.at === cursor.input.length || peek(cursor) === ",") return selector(path, "present");
  skipSpace(cursor);
  const operator = readOperator(cursor);
  skipSpace(cursor);
  return selector(path, operator, readValue(cursor, operator));
}

function readPath(cursor: Cursor): string[] {
  const path = [readPart(cursor)];
  for (; peek(cursor) === "."; path.push(readPart(cursor))) cursor.at++;
  return path;
}

function readPart(cursor: Cursor): string {
  skipSpace(cursor);
  if (peek(cursor) === '"') return readQuoted(cursor);
  const name = take(cursor, bareName);
  if (name !== "") return name;
  return fail(cursor, "here a field is missing: letters, digits and _, or anything in double quotes");
}

function readOperator(cursor: Cursor): Operator {
  const start = cursor.at;
  const run = take(cursor, operatorRun);
  if (run === "==" || run === "!=" || run === "~=") return run;
  cursor.at = start;
  if (run !== "") return fail(cursor, `${run} is no operator; there are ==, != and ~=`);
  return fail(cursor, "here ==, != or ~= is missing; a field with other characters needs double quotes");
}

function readValue(cursor: Cursor, operator: Operator): string {
  const first = peek(cursor);
  const isPattern = first === "/" || first === "|";
  if (first === '"' || (isPattern && operator === "~=")) return readQuoted(cursor);
  const value = take(cursor, bareValue);
  if (value !== "") return value;
  if (isPattern) return fail(cursor, `only ~= takes a value in ${first}…${first}; use double quotes`);
  return fail(cursor, "here a value is missing; one that begins with . , = ! or ~, or is empty, needs double quotes");
}

function readComma(cursor: Cursor): void {
  if (peek(cursor) !== ",") fail(cursor, "here only a comma can follow; a value with this in it needs double quotes");
  cursor.at++;
}

function peek({ input, at }: Cursor): string {
  return input.charAt(at);
}

/** Reads what `expression`, which also matches nothing, finds at the cursor. */
function take(cursor: Cursor, expression: RegExp): string {
  expression.lastIndex = cursor.at;
  expression.test(cursor.input);
  const text = cursor.input.slice(cursor.at, expression.lastIndex);
  cursor.at = expression.lastIndex;
  return text;
}

function skipSpace(cursor: Cursor): void {
  const code = cursor.input.charCodeAt(cursor.at);
  if (!(code > 0x20 && code < 0x7f)) take(cursor, space);
}

function readQuoted(cursor: Cursor): string {
  const { text, end } = unquote(cursor.input, cursor.at);
  cursor.at = end;
  return text;
}

function fail({ input, at }: Cursor, reason: string): never {
  throw syntaxError(input, at, reason);
}
