import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { examplesOf, runExample } from "../../live/docs/examples.js";
import { root } from "../../live/docs/snippets.js";

const files = readdirSync(join(root, "src/reference")).map((name) => `src/reference/${name}`);

describe("the examples in doc comments", () => {
  const examples = files.flatMap(examplesOf);

  it("are there", () => {
    assert.ok(examples.length >= 5);
  });

  for (const example of examples) {
    it(example.place, () => runExample(example, "containerd-images/reference"));
  }
});

it("the entry point exports what its examples use, and no more", async () => {
  const errors = ["ReferenceSyntaxError", "ValidationError"];
  const functions = ["canonicalName", "familiarName", "isReferenceSyntaxError", "parseReference", "sameRepository"];
  assert.deepEqual(Object.keys(await import("containerd-images/reference")).sort(), [...errors, ...functions]);
});
