import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import ts from "typescript";
import { FILES } from "./examples.js";
import { compilerOptions, programOf } from "./exports.js";
import { exampleProgram, guideProgram } from "./programs.js";
import { pages, root, snippetsOf } from "./snippets.js";

describe("the programs in guides and doc comments", () => {
  let folder: string;

  before(() => {
    // Inside the repository, where the package's own name leads to its sources.
    folder = mkdtempSync(join(root, "test/.snippets-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  // All in one program, because most of the time is that of the sources.
  it("have no type errors", () => {
    const codes = [
      ...FILES.map((file) => exampleProgram(file, "/run/c.sock")),
      ...pages().flatMap((page) => snippetsOf(page).map((snippet) => guideProgram(snippet, "/run/c.sock"))),
    ];
    const files = codes.map((code, index) => {
      const file = join(folder, `${index}.mts`);
      writeFileSync(file, code);
      return file;
    });
    assert.deepEqual(typeErrorsIn(files), []);
  });
});

/** Each with the line that it is in. */
function typeErrorsIn(files: readonly string[]): readonly string[] {
  const program = programOf(files, { ...compilerOptions(), noUnusedLocals: false });
  const sources = files.map((file) => program.getSourceFile(file));
  const errors = sources.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return errors.map(({ file, start = 0, messageText }) => {
    const line = file?.text.slice(0, start).split("\n").length ?? 0;
    return `${file?.text.split("\n")[line - 1]}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
