import { join } from "node:path";
import ts from "typescript";
import { type Mutant, mutated } from "./instrument.js";

/** Whether the file of a mutant compiles; other files are not checked. */
export function compileCheck(root: string): (mutant: Mutant) => boolean {
  const read = (path: string) => ts.sys.readFile(path);
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => {},
  });
  const changed = new Map<string, { readonly version: number; readonly text: string | undefined }>();
  const textOf = (path: string) => changed.get(path)?.text ?? read(path);
  const service = ts.createLanguageService({
    getCompilationSettings: () => config?.options ?? {},
    getScriptFileNames: () => config?.fileNames.filter((path) => path.startsWith(join(root, "src"))) ?? [],
    getScriptVersion: (path) => `${changed.get(path)?.version ?? 0}`,
    getScriptSnapshot: (path) => {
      const text = textOf(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    readFile: textOf,
    fileExists: ts.sys.fileExists,
    directoryExists: ts.sys.directoryExists,
    getCurrentDirectory: () => root,
  });
  return (mutant) => {
    const path = join(root, mutant.file);
    const change = (text: string | undefined) =>
      changed.set(path, { version: (changed.get(path)?.version ?? 0) + 1, text });
    change(mutated(mutant));
    const problems = [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)];
    change(undefined);
    return problems.length === 0;
  };
}
