import { join } from "node:path";
import ts from "typescript";
import { root } from "./packed.js";

const ENTRIES = {
  ".": "src/index.ts",
  "./filters": "src/filters/index.ts",
  "./reference": "src/reference/index.ts",
  "./testing": "src/testing/index.ts",
};

/** Every exported name of every entry point with its declaration, comments and bodies left out; generated code not. */
export function apiReport(): string {
  const files = Object.values(ENTRIES).map((file) => join(root, file));
  const { options } = ts.parseJsonConfigFileContent(readConfig(), ts.sys, root);
  const program = ts.createProgram(files, { ...options, declaration: true, stripInternal: true, removeComments: true });
  const checker = program.getTypeChecker();
  const sections = Object.entries(ENTRIES).map(([entry, file]) => {
    const source = program.getSourceFile(join(root, file));
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing`);
    const names = checker.getExportsOfModule(module).map((symbol) => describe(symbol, checker));
    return `# ${entry}\n\n${names.sort().join("\n")}\n`;
  });
  return sections.join("\n");
}

function readConfig(): unknown {
  return ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
}

function describe(exported: ts.Symbol, checker: ts.TypeChecker): string {
  const symbol = (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported);
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) throw new Error(`${exported.name} has no declaration`);
  if (ts.isSourceFile(declaration)) return `namespace ${exported.name}: ${entryOf(declaration)}`;
  if (ts.isClassDeclaration(declaration)) return classText(exported.name, symbol, declaration, checker);
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) return plainText(declaration);
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  return `${exported.name}: ${checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)}`;
}

/** The entry point that exports the same. */
function entryOf({ fileName }: ts.SourceFile): string {
  const found = Object.entries(ENTRIES).find(([, file]) => join(root, file) === fileName);
  if (found === undefined) throw new Error(`${fileName} is no entry point`);
  return found[0];
}

function classText(name: string, symbol: ts.Symbol, declaration: ts.ClassDeclaration, checker: ts.TypeChecker): string {
  const text = (member: ts.Symbol) => {
    const type = checker.getTypeOfSymbolAtLocation(member, declaration);
    return `  ${checker.symbolToString(member)}: ${checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)}`;
  };
  const isPublic = (member: ts.Symbol) =>
    !checker.symbolToString(member).startsWith("#") && member.name !== "prototype";
  const instance = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).filter(isPublic).map(text);
  const ownStatic = [...(symbol.exports?.values() ?? [])].filter(isPublic).map((member) => `  static${text(member)}`);
  return `class ${name} {\n${[...ownStatic, ...instance].sort().join("\n")}\n}`;
}

function plainText(declaration: ts.Node): string {
  const printer = ts.createPrinter({ removeComments: true }, { substituteNode: (_, node) => withoutInternal(node) });
  return printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile()).replace(/^export /, "");
}

/** The interface as it is published: without the members that are marked as internal. */
function withoutInternal(node: ts.Node): ts.Node {
  if (!ts.isInterfaceDeclaration(node)) return node;
  const { modifiers, name, typeParameters, heritageClauses, members } = node;
  const published = members.filter(
    (member) => !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal"),
  );
  return ts.factory.updateInterfaceDeclaration(node, modifiers, name, typeParameters, heritageClauses, published);
}
