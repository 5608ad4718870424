import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { outputIn, withOutput } from "../../../bench/publish.js";
import { headlines, headlineTable, type Row } from "../../../bench/table.js";

const [readme, docs] = ["README.md", "docs/benchmark.md"].map(outputOf);

function outputOf(page: string): string {
  return outputIn(readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8"));
}

/** The cells of a table by row and column, for example `Get: CPU, nice-grpc`. */
function cellsOf(output = ""): ReadonlyMap<string, string> {
  const cells = new Map<string, string>();
  let columns: readonly string[] | undefined;
  for (const line of output.split("\n")) {
    const [what = "", ...values] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (!line.startsWith("|")) columns = undefined;
    else if (columns === undefined) columns = values;
    else for (const [index, value] of values.entries()) cells.set(`${what}, ${columns[index]}`, value);
  }
  return cells;
}

it("the figures of the README are those of docs/benchmark.md, from the same run", () => {
  const [shown, all] = [cellsOf(readme), cellsOf(docs)];
  for (const [place, cell] of shown) if (!place.startsWith("---")) assert.equal(all.get(place), cell, place);
  const heading = (output = "") => /^\d{4}-\d\d-\d\d, .*\n.*$/m.exec(output)?.[0];
  assert.ok(heading(readme));
  assert.equal(heading(readme), heading(docs));
});

it("the README shows all rows that it is meant to show", () => {
  const places = [...cellsOf(readme).keys()];
  for (const what of headlines) assert.ok(places.includes(`${what}, containerd-images`), what);
});

it("the README's table leaves out other rows, comparisons and the older version", () => {
  const [what = ""] = headlines;
  const findings = [{ interval: { median: 1, low: 1, high: 1 }, unit: "× before", atMost: 1 }];
  const rows: readonly Row[] = [
    { what, cells: { "containerd-images": "1 µs", before: "2 µs", "grpc-go": "0.5 µs" }, findings },
    { what: "another row", cells: { "containerd-images": "3 µs" }, findings },
  ];
  assert.deepEqual(headlineTable(rows).split("\n"), [
    "|  | containerd-images | grpc-go |",
    "| --- | --: | --: |",
    `| ${what} | 1 µs | 0.5 µs |`,
  ]);
});

it("an output replaces the one before it, and the text around it stays", () => {
  const marks = [
    "<!-- The output of the benchmark begins here. -->",
    "<!-- The output of the benchmark ends here. -->",
  ];
  const page = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  const changed = withOutput(page, "new");
  assert.equal(changed, `before\n${marks[0]}\n\nnew\n\n${marks[1]}\nafter\n`);
  assert.equal(outputIn(changed), "new");
  assert.equal(withOutput(changed, "new"), changed);
});

it("a page without a place for an output is not changed", () => {
  assert.throws(() => withOutput("text", "new"), /there is no place for the output/);
});
