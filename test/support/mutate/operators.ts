import ts from "typescript";

/** One small change of a source file. */
export interface Mutation {
  readonly operator: string;
  /** The range of the text that it changes; an empty one for an insertion. */
  readonly start: number;
  readonly end: number;
  /** The replacement text. */
  readonly replacement: string;
  /** How a program can hold the original and the change at once: by a conditional, or by an `if` around a statement. */
  readonly place: "expression" | "statement";
}

type Replacement = Pick<Mutation, "operator" | "replacement">;

const SWAPPED_OPERATORS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, "||"],
  [ts.SyntaxKind.BarBarToken, "&&"],
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.PlusToken, "-"],
  [ts.SyntaxKind.MinusToken, "+"],
  [ts.SyntaxKind.AsteriskToken, "/"],
  [ts.SyntaxKind.SlashToken, "*"],
  [ts.SyntaxKind.PlusEqualsToken, "-="],
  [ts.SyntaxKind.MinusEqualsToken, "+="],
]);

// Codes, evidence, kinds, outcomes and decisions: words that change what the library does.
const SWAPPED_WORDS: ReadonlyMap<string, string> = new Map([
  ["unavailable", "internal"],
  ["deadline_exceeded", "canceled"],
  ["canceled", "deadline_exceeded"],
  ["not_found", "already_exists"],
  ["already_exists", "not_found"],
  ["permission_denied", "unauthenticated"],
  ["resource_exhausted", "aborted"],
  ["failed_precondition", "aborted"],
  ["aborted", "failed_precondition"],
  ["unimplemented", "internal"],
  ["internal", "unavailable"],
  ["data_loss", "not_found"],
  ["invalid_argument", "internal"],
  ["out_of_range", "unavailable"],
  ["unauthenticated", "unavailable"],
  ["never-sent", "no-answer"],
  ["refused", "no-answer"],
  ["no-answer", "never-sent"],
  ["answered", "never-sent"],
  ["status", "broken"],
  ["malformed", "status"],
  ["unreachable", "broken"],
  ["misconfigured", "broken"],
  ["broken", "status"],
  ["unsupported", "status"],
  ["ended", "status"],
  ["applied", "not-applied"],
  ["not-applied", "unknown"],
  ["unknown", "not-applied"],
  ["retry", "stop"],
  ["retry-once", "retry"],
  ["read-back", "retry"],
  ["stop", "retry"],
  ["final", "failed"],
  ["lost", "unprocessed"],
  ["failed", "final"],
  ["expired", "final"],
  ["unreadable", "final"],
  ["unprocessed", "lost"],
]);

const DROPPED_METHODS = new Set(["filter", "sort", "slice", "splice", "flat", "reverse", "toReversed", "toSorted"]);
const SWAPPED_METHODS: ReadonlyMap<string, string> = new Map([
  ["every", "some"],
  ["some", "every"],
  ["min", "max"],
  ["max", "min"],
  ["push", "unshift"],
  ["startsWith", "endsWith"],
  ["endsWith", "startsWith"],
]);

/** All mutations of a file, by a bounded set of operators, in the order of the text. */
export function mutationsOf(source: ts.SourceFile): readonly Mutation[] {
  const found: Mutation[] = [];
  const visit = (node: ts.Node): void => {
    if (isWithoutCode(node)) return;
    found.push(...mutationsAt(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isWithoutCode(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

function mutationsAt(node: ts.Node, source: ts.SourceFile): readonly Mutation[] {
  const range = { start: node.getStart(source), end: node.getEnd() };
  const expressions = ts.isExpression(node) ? [...ofCondition(node, source), ...ofExpression(node, source)] : [];
  return [
    ...expressions.map((each) => ({ ...each, ...range, place: "expression" as const })),
    ...(isRemovable(node)
      ? [{ operator: "remove statement", replacement: ";", ...range, place: "statement" as const }]
      : []),
    ...earlyReturn(node, source),
  ];
}

function ofCondition(node: ts.Expression, source: ts.SourceFile): readonly Replacement[] {
  const { parent } = node;
  const negated = { operator: "negate condition", replacement: `!(${node.getText(source)})` };
  if (ts.isIfStatement(parent) && parent.expression === node)
    return parent.elseStatement === undefined ? [negated, { operator: "drop guard", replacement: "false" }] : [negated];
  const isCondition =
    ((ts.isConditionalExpression(parent) || ts.isForStatement(parent)) && parent.condition === node) ||
    (ts.isWhileStatement(parent) && parent.expression === node);
  return isCondition ? [negated] : [];
}

function ofExpression(node: ts.Expression, source: ts.SourceFile): readonly Replacement[] {
  if (ts.isBinaryExpression(node)) return ofBinary(node, source);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [{ operator: "drop negation", replacement: node.operand.getText(source) }];
  if (ts.isCallExpression(node)) return ofMethodCall(node, source);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [{ operator: "flip boolean", replacement: "false" }];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [{ operator: "flip boolean", replacement: "true" }];
  if (isPropertyName(node)) return [];
  if (ts.isNumericLiteral(node)) return [{ operator: "add one", replacement: `${node.getText(source)} + 1` }];
  if (ts.isStringLiteral(node)) return ofWord(node.text);
  return [];
}

function isPropertyName(node: ts.Expression): boolean {
  return "name" in node.parent && node.parent.name === node;
}

function ofWord(text: string): readonly Replacement[] {
  const other = SWAPPED_WORDS.get(text);
  return other === undefined ? [] : [{ operator: "swap word", replacement: JSON.stringify(other) }];
}

function ofBinary({ left, operatorToken, right }: ts.BinaryExpression, source: ts.SourceFile): readonly Replacement[] {
  if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [{ operator: "drop default", replacement: left.getText(source) }];
  const other = SWAPPED_OPERATORS.get(operatorToken.kind);
  if (other === undefined) return [];
  return [{ operator: "swap operator", replacement: `${left.getText(source)} ${other} ${right.getText(source)}` }];
}

// Not within an optional chain: parentheses would end it.
function ofMethodCall(call: ts.CallExpression, source: ts.SourceFile): readonly Replacement[] {
  const method = call.expression;
  if (!ts.isPropertyAccessExpression(method) || (call.flags & ts.NodeFlags.OptionalChain) !== 0) return [];
  const receiver = method.expression.getText(source);
  if (DROPPED_METHODS.has(method.name.text)) return [{ operator: "drop method", replacement: receiver }];
  const other = SWAPPED_METHODS.get(method.name.text);
  if (other === undefined) return [];
  const args = call.arguments.map((each) => each.getText(source)).join(", ");
  return [{ operator: "swap method", replacement: `${receiver}.${other}(${args})` }];
}

function isRemovable(node: ts.Node): boolean {
  if (ts.isThrowStatement(node) || ts.isContinueStatement(node)) return true;
  return ts.isExpressionStatement(node) && !isSuperCall(node.expression) && !isFieldOfConstructor(node);
}

function isSuperCall(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword;
}

// The compiler requires it.
function isFieldOfConstructor({ expression, parent }: ts.ExpressionStatement): boolean {
  const isField = ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isField && ts.isConstructorDeclaration(parent.parent);
}

// Where a body returns nothing; of one statement, it is the same as removing that.
function earlyReturn(node: ts.Node, source: ts.SourceFile): readonly Mutation[] {
  if (!ts.isFunctionLike(node) || ts.isConstructorDeclaration(node) || !("body" in node)) return [];
  const { body } = node;
  if (body === undefined || !ts.isBlock(body) || body.statements.length < 2 || returnsValue(body)) return [];
  const start = body.getStart(source) + 1;
  return [{ operator: "return early", start, end: start, replacement: "return;", place: "statement" }];
}

function returnsValue(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isReturnStatement(node) && node.expression !== undefined) return true;
  return ts.forEachChild(node, (child) => returnsValue(child) || undefined) ?? false;
}
