import { readFile, writeFile } from "node:fs/promises";

const BEGIN = "<!-- The output of the benchmark begins here. -->";
const END = "<!-- The output of the benchmark ends here. -->";
// This file runs as bench/out/bench/publish.js.
const root = new URL("../../../", import.meta.url);

/** Puts an output into a page of the repository, in the place of an earlier one. */
export async function publish(page: string, output: string): Promise<void> {
  const file = new URL(page, root);
  await writeFile(file, withOutput(await readFile(file, "utf8"), output));
}

/** A page with this output between its two marks; the text around them stays. */
export function withOutput(page: string, output: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`there is no place for the output: ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${output}\n\n${page.slice(end)}`;
}

/** The output that is in a page. */
export function outputIn(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  return page.slice(begin + BEGIN.length, end).trim();
}
