import assert from "node:assert/strict";
import { it } from "node:test";
import { Choice } from "../../../bench/choice.js";

const titles = ["Get, one at a time, stub", "List of 10,000, containerd"];

it("measurements are chosen by any of the words, in whatever case they are written", () => {
  const chosen = (...words: readonly string[]) => titles.filter((title) => new Choice(words, titles).has(title));
  assert.deepEqual(chosen(), titles);
  assert.deepEqual(chosen("get"), titles.slice(0, 1));
  assert.deepEqual(chosen("GET", "containerd"), titles);
});

it("a word that is in no title is an error, which names the titles, also beside one that is", () => {
  for (const words of [["lits"], ["get", "lits"]]) {
    assert.throws(() => new Choice(words, titles), {
      message: `no measurement is called "lits": ${titles.join("; ")}`,
    });
  }
});
