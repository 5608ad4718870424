import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** One import or re-export of a file of `src/`. */
export interface Import {
  /** A path below the root, such as `src/errors.ts`, or a package's or built-in module's name. */
  readonly to: string;
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean;
}

/** What each file of `src/` imports, by its path below the root. */
export function importGraph(): ReadonlyMap<string, readonly Import[]> {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const paths = files.filter((file) => file.endsWith(".ts")).map((file) => `src/${file}`);
  return new Map(paths.sort().map((path) => [path, importsOf(path)]));
}

function importsOf(path: string): Import[] {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const add = (specifier: ts.Expression | undefined, isType: boolean) => {
    if (specifier !== undefined && ts.isStringLiteral(specifier))
      found.push({ to: target(path, specifier.text), isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal as ts.Expression, true); // a literal is one
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return relative(root, resolve(root, dirname(from), specifier)).replace(/\.js$/, ".ts");
}

/** Everything that `from` needs, directly or not, with `from` itself. */
export function closure(graph: ReadonlyMap<string, readonly Import[]>, from: readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  // A Set gives what is added while it is walked too.
  for (const path of reached) for (const { to } of graph.get(path) ?? []) reached.add(to);
  return reached;
}

/** A way round in circles through these edges, if there is one: `[a, b, a]`. */
export function cycle(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const found = walk(next, [...path, node]);
      if (found !== undefined) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const found = walk(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
