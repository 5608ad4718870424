import { join, relative } from "node:path";
import ts from "typescript";
import { root } from "./snippets.js";

const ENTRIES = [
  "src/index.ts",
  "src/filters/index.ts",
  "src/reference/index.ts",
  "src/testing/index.ts",
  "src/raw/index.ts",
];

/** A name that an entry point exports. */
export interface PublicExport {
  readonly name: string;
  /** The file that declares it, for example `src/patch.ts`. */
  readonly file: string;
  readonly isType: boolean;
  /** Whether it has an `@example`, or one of its members. */
  readonly hasExample: boolean;
}

let exported: readonly PublicExport[] | undefined;
const sourceFiles = new Map<string, ts.SourceFile | undefined>();

/** All that the entry points export of `src/`, each once. */
export function publicExports(): readonly PublicExport[] {
  exported ??= readExports();
  return exported;
}

function readExports(): readonly PublicExport[] {
  const files = ENTRIES.map((entry) => join(root, entry));
  const program = programOf(files, compilerOptions());
  const checker = program.getTypeChecker();
  const symbols = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing`);
    return checker.getExportsOfModule(module).map((symbol) => declared(symbol, checker));
  });
  return [...new Set(symbols)]
    .map((symbol) => described(symbol, checker))
    .filter(({ file }) => file.startsWith("src/"));
}

/** A program of these files, which reads no file that another one has read. */
export function programOf(files: readonly string[], options: ts.CompilerOptions): ts.Program {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (name, ...rest) => {
    if (!sourceFiles.has(name)) sourceFiles.set(name, read(name, ...rest));
    return sourceFiles.get(name);
  };
  return ts.createProgram(files, options, host);
}

/** The options of `tsconfig.json`. */
export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

// The name of a namespace is declared by `export * as`, and what is in it by another entry point.
function declared(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  if ((symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  const aliased = checker.getAliasedSymbol(symbol);
  return (aliased.flags & ts.SymbolFlags.ValueModule) === 0 ? aliased : symbol;
}

function described(symbol: ts.Symbol, checker: ts.TypeChecker): PublicExport {
  const declaration = symbol.declarations?.[0];
  if (declaration !== undefined && ts.isNamespaceExport(declaration)) return describedNamespace(declaration);
  const members = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])];
  return {
    name: symbol.name,
    file: relative(root, declaration?.getSourceFile().fileName ?? ""),
    isType: (symbol.flags & ts.SymbolFlags.Value) === 0,
    hasExample: [symbol, ...members].some((one) => one.getJsDocTags(checker).some(({ name }) => name === "example")),
  };
}

function describedNamespace({ name, parent }: ts.NamespaceExport): PublicExport {
  const file = relative(root, parent.getSourceFile().fileName);
  const hasExample = ts.getJSDocTags(parent).some(({ tagName }) => tagName.text === "example");
  return { name: name.text, file, isType: false, hasExample };
}
