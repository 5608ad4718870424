import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { examplesOf, runExample } from "../../live/docs/examples.js";
import { root } from "../../live/docs/snippets.js";

const names = readdirSync(join(root, "src/filters"), { encoding: "utf8", recursive: true });
const files = names.filter((name) => name.endsWith(".ts")).map((name) => `src/filters/${name}`);

describe("the examples in doc comments", () => {
  for (const example of files.flatMap(examplesOf)) {
    it(example.place, () => runExample(example, "containerd-images/filters"));
  }

  it("show what comes out of every function that is exported", () => {
    const examples = files.flatMap(examplesOf).map(({ code }) => code);
    const exported = ["all", "allOf", "anyOf", "check", "compile", "field", "isFilter", "matches", "parse"];
    const methods = ["and", "or", "present", "absent", "equals", "notEquals", "presentAndNot", "startsWith", "oneOf"];
    for (const name of [...exported, ...methods.map((method) => `\\.${method}`)]) {
      const isShown = new RegExp(`${name}\\b.*// (?:=>|throws) `);
      assert.ok(
        examples.some((code) => isShown.test(code.replaceAll(";\n//", "; //"))),
        name,
      );
    }
  });

  it("fail when what they say is wrong, or when nothing throws", async () => {
    const wrong = { place: "here", code: 'compile(field.name.equals("a")); // => ["name"]' };
    await assert.rejects(runExample(wrong, "containerd-images/filters"), /^Error: here: Expected values/);
    const silent = { place: "here", code: "all; // throws ValidationError" };
    await assert.rejects(runExample(silent, "containerd-images/filters"), /Missing expected exception/);
  });
});

it("the entry point exports what its examples use, and no more", async () => {
  const names = Object.keys(await import("containerd-images/filters")).sort();
  const functions = ["all", "allOf", "anyOf", "check", "compile", "field", "isFilter", "matches", "parse"];
  assert.deepEqual(names, ["FilterSyntaxError", "ValidationError", ...functions]);
});
