import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fieldPaths } from "../../../src/field-paths.js";
import { type ImagePatch, isReplaceAll, patchedEntries, patchedImage, replaceAll } from "../../../src/patch.js";
import { issuesOf } from "./issues.js";

const digest = `sha256:${"0".repeat(64)}`;
const target = { mediaType: "text/plain", digest, size: 7 };
const untouched = { mediaType: "", digest: "", size: 0, annotations: {} };

interface Row {
  readonly patch: ImagePatch;
  readonly paths: readonly string[];
  readonly labels?: Record<string, string>;
  readonly target?: object;
}

const table: Readonly<Record<string, Row>> = {
  "a label": { patch: { labels: { env: "prod" } }, paths: ["labels.env"], labels: { env: "prod" } },
  "a label that goes": { patch: { labels: { env: null } }, paths: ["labels.env"] },
  "labels that come and go": {
    patch: { labels: { env: "prod", old: null } },
    paths: ["labels.env", "labels.old"],
    labels: { env: "prod" },
  },
  "keys as they are": {
    patch: { labels: { "a.b/c d,e": "1", "ü\n": "2", '"': null } },
    paths: ["labels.a.b/c d,e", "labels.ü\n", 'labels."'],
    labels: { "a.b/c d,e": "1", "ü\n": "2" },
  },
  "all labels": { patch: { labels: replaceAll({ env: "prod" }) }, paths: ["labels"], labels: { env: "prod" } },
  "no labels any more": { patch: { labels: replaceAll({}) }, paths: ["labels"] },
  "a label called entries": {
    patch: { labels: { entries: "1" } },
    paths: ["labels.entries"],
    labels: { entries: "1" },
  },
  "an annotation": {
    patch: { annotations: { k: "v", gone: null } },
    paths: ["annotations.k", "annotations.gone"],
    target: { ...untouched, annotations: { k: "v" } },
  },
  "all annotations": {
    patch: { annotations: replaceAll({ k: "v" }) },
    paths: ["annotations"],
    target: { ...untouched, annotations: { k: "v" } },
  },
  "the target, without annotations": { patch: { target }, paths: ["target"], target: { ...target, annotations: {} } },
  "the target, with annotations": {
    patch: { target: { ...target, annotations: { k: "v" } } },
    paths: ["target"],
    target: { ...target, annotations: { k: "v" } },
  },
  "the target first, and annotations on top of it": {
    patch: {
      annotations: { k: "2", gone: null },
      target: { ...target, annotations: { k: "1", gone: "1", kept: "1" } },
    },
    paths: ["target", "annotations.k", "annotations.gone"],
    target: { ...target, annotations: { kept: "1", k: "2" } },
  },
  "the target, and all annotations in place of its own": {
    patch: { target: { ...target, annotations: { k: "1" } }, annotations: replaceAll({ other: "2" }) },
    paths: ["target", "annotations"],
    target: { ...target, annotations: { other: "2" } },
  },
  "everything, in the order in which the server has to apply it": {
    patch: { labels: { env: "prod" }, annotations: { k: "v" }, target },
    paths: ["target", "annotations.k", "labels.env"],
    labels: { env: "prod" },
    target: { ...target, annotations: { k: "v" } },
  },
  "what is undefined is not there": {
    patch: { labels: { a: "1" }, annotations: undefined, target: undefined },
    paths: ["labels.a"],
    labels: { a: "1" },
  },
};

describe("patches", () => {
  for (const [what, row] of Object.entries(table)) {
    it(what, () => {
      assert.deepEqual(fieldPaths(row.patch), row.paths);
      const expected = { name: "app:1", labels: row.labels ?? {}, target: row.target ?? untouched };
      assert.deepEqual(patchedImage("app:1", row.patch), expected);
    });
  }

  it("a label called __proto__ is a label", () => {
    const labels = JSON.parse('{"__proto__":"p","constructor":null}');
    assert.deepEqual(fieldPaths({ labels }), ["labels.__proto__", "labels.constructor"]);
    assert.deepEqual(Object.entries(patchedImage("a", { labels }).labels), [["__proto__", "p"]]);
  });

  it("fieldPaths refuses what update refuses", () => {
    assert.deepEqual(
      issuesOf(() => fieldPaths({})),
      ["patch: must change something: name labels, annotations or a target"],
    );
    assert.deepEqual(
      issuesOf(() => fieldPaths({ labels: { env: "" } })),
      ["labels.env: must not be empty: containerd reads that as removal; use null"],
    );
  });
});

describe("replaceAll", () => {
  it("is known by its mark, also that of another copy of the package, and not by its shape", () => {
    assert.ok(isReplaceAll(replaceAll({})));
    const copy = Object.defineProperty({ entries: {} }, Symbol.for("containerd-images.replace-all"), { value: true });
    assert.ok(isReplaceAll(copy));
    for (const other of [{ entries: {} }, null, undefined, "replaceAll", {}]) assert.ok(!isReplaceAll(other));
  });

  it("cannot be changed, and its mark is not one of its keys", () => {
    const patch = replaceAll({ a: "1" });
    assert.ok(Object.isFrozen(patch));
    assert.deepEqual(
      Reflect.ownKeys(patch).filter((key) => typeof key === "string"),
      ["entries"],
    );
  });
});

// Applies the paths one after the other, as a server does.
function applied(
  stored: Record<string, string>,
  field: string,
  paths: readonly string[],
  sent: Readonly<Record<string, string>>,
) {
  const result = new Map(Object.entries(stored));
  for (const path of paths) {
    if (path === field) {
      result.clear();
      for (const [key, value] of Object.entries(sent)) result.set(key, value);
    } else if (path.startsWith(`${field}.`)) {
      const key = path.slice(field.length + 1);
      if (Object.hasOwn(sent, key)) result.set(key, sent[key] ?? "");
      else result.delete(key);
    }
  }
  return Object.fromEntries(result);
}

it("any patch on any labels gives the labels that it describes, and leaves all others", () => {
  const key = fc.oneof(fc.constantFrom("a", "b", "a.b", "__proto__", "labels", "entries"), fc.string({ minLength: 1 }));
  const value = fc.string({ minLength: 1 });
  const map = <V>(values: fc.Arbitrary<V>) =>
    fc.array(fc.tuple(key, values)).map((entries) => Object.fromEntries(entries));
  const changes = fc.oneof(
    map(fc.option(value)).filter((patch) => Object.keys(patch).length > 0),
    map(value).map(replaceAll),
  );
  const property = fc.property(map(value), changes, (stored, patch) => {
    const { labels } = patchedImage("a", { labels: patch });
    const after = applied(stored, "labels", fieldPaths({ labels: patch }), labels);
    const described = patchedEntries(stored, patch);
    assert.deepEqual(new Map(Object.entries(after)), new Map(Object.entries(described)));
    const touched = isReplaceAll(patch) ? undefined : patch;
    if (touched === undefined) return;
    for (const [other, kept] of Object.entries(stored)) {
      if (!Object.hasOwn(touched, other)) assert.equal(Object.getOwnPropertyDescriptor(after, other)?.value, kept);
    }
  });
  fc.assert(property, { numRuns: 1_000 });
});
