import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../../live/docs/snippets.js";

/** A regular expression of the library's code. */
export interface Expression {
  readonly file: string;
  /** As it is written: a literal, or a call of `RegExp`. */
  readonly text: string;
  /** Of a literal. */
  readonly literal: { readonly source: string; readonly flags: string } | undefined;
}

/** Every regular expression of src. One that is only tried at one place begins with `^` here. */
export function allExpressions(): Expression[] {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".ts")).flatMap((file) => expressionsIn(`src/${file}`));
}

function expressionsIn(file: string): Expression[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
  const nodes = nodesOf(source);
  return nodes.flatMap((node) => {
    if (ts.isRegularExpressionLiteral(node)) return [{ file, text: node.text, literal: literalOf(node) }];
    const isMade = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp";
    return isMade ? [{ file, text: node.getText(), literal: undefined }] : [];
  });
}

function nodesOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return [node, ...children.flatMap(nodesOf)];
}

function literalOf(node: ts.RegularExpressionLiteral): Expression["literal"] {
  const [, source = "", flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [];
  return flags.includes("y") ? { source: `^(?:${source})`, flags: flags.replace("y", "") } : { source, flags };
}
