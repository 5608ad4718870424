import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "./import-graph.js";

const MAX_LENGTH = 120; // as biome.json has it for code; it does not break comments

/** Folders with files of others, or with output; those that begin with a dot are what a killed test has left. */
const FOREIGN = /(^|\/)(node_modules|gen|dist|out|generated|api|shots|\.[^/]+)\//;

function filesIn(folder: string, ending: RegExp): readonly string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
    (file) => `${folder}/${file}`,
  );
  return files.filter((file) => ending.test(file) && !FOREIGN.test(file));
}

function linesOf(file: string): readonly string[] {
  return readFileSync(join(root, file), "utf8").split("\n");
}

function tooLong(file: string, isChecked: (line: string) => boolean): readonly string[] {
  return linesOf(file).flatMap((line, at) =>
    isChecked(line) && line.length > MAX_LENGTH ? [`${file}:${at + 1}`] : [],
  );
}

/** Says of each line of a guide, in order, whether it is prose: neither code, nor a table, nor figures. */
function proseFinder(): (line: string) => boolean {
  let isOther = false;
  return (line) => {
    if (/^\s*```/.test(line)) isOther = !isOther;
    if (line.includes("output of the benchmark begins")) isOther = true;
    if (line.includes("output of the benchmark ends")) isOther = false;
    return !isOther && !line.startsWith("|");
  };
}

describe(`lines of at most ${MAX_LENGTH} characters`, () => {
  it("are all comments", () => {
    const files = ["src", "test", "bench", "examples", "scripts"].flatMap((folder) => filesIn(folder, /\.(ts|mjs)$/));
    assert.ok(files.length > 500);
    assert.deepEqual(
      files.flatMap((file) => tooLong(file, (line) => /^\s*(\/\/|\/?\*)/.test(line))),
      [],
    );
  });

  it("are all lines of prose in guides", () => {
    const top = readdirSync(root).filter((file) => file.endsWith(".md"));
    const guides = [...top, "bench/README.md", "test/README.md", ...filesIn("docs", /\.md$/)];
    assert.ok(guides.length > 20);
    assert.deepEqual(
      guides.filter((file) => file !== "docs/benchmark.md").flatMap((file) => tooLong(file, proseFinder())),
      [],
    );
  });
});
