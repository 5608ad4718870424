import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  all,
  allOf,
  anyOf,
  compile,
  type Filter,
  field,
  type MatchableImage,
  matches,
  parse,
} from "../../../src/filters/index.js";
import { anyFilters, fixture } from "../../live/filters/generator.js";
import { anyCharacter } from "../../support/any-character.js";
import { isLong } from "../../support/is-long.js";
import { Random } from "../../support/random.js";
import { image } from "./records.js";

const text = fc.string({ unit: anyCharacter, minLength: 1 }).filter((value) => value.isWellFormed());

describe("any text", () => {
  const record = (key: string, value: string) =>
    image({
      name: value,
      labels: { [key]: value },
      target: { mediaType: value, digest: value, annotations: { [key]: value } },
    });
  const selectors: readonly ((key: string, value: string) => Filter)[] = [
    (_, value) => field.name.equals(value),
    (_, value) => field.name.startsWith(value),
    (_, value) => field.name.oneOf("other", value),
    (_, value) => field.target.digest.equals(value),
    (_, value) => field.target.mediaType.oneOf(value),
    (key, value) => field.label(key).equals(value),
    (key, value) => field.label(key).startsWith(value),
    (key, value) => field.annotation(key).oneOf(value, `${value}x`),
    (key) => field.label(key).present(),
    (key) => field.annotation(key).present(),
  ];

  it("is found, is found again after it was sent, and nothing else is", () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(...selectors), (key, value, make) => {
        const filter = make(key, value);
        const other = value.startsWith("\0") ? "\x01" : "\0";
        const [written] = compile(filter);
        const read = parse(...compile(filter));
        assert.deepEqual(compile(read), [written]);
        for (const same of [filter, read]) {
          assert.equal(matches(same, record(key, value)), true);
          assert.equal(matches(same, record(`.${key}`, `${other}${value}`)), false);
        }
      }),
      { numRuns: isLong ? 20_000 : 1_000 },
    );
  });

  it("is not what it differs from", () => {
    fc.assert(
      fc.property(text, text, (key, value) => {
        const label = field.label(key);
        const differs = (filter: Filter, labels: Record<string, string>) =>
          matches(parse(...compile(filter)), image({ labels }));
        assert.equal(differs(label.notEquals(value), { [key]: value }), false);
        assert.equal(differs(label.notEquals(value), { [key]: `${value}x` }), true);
        assert.equal(differs(label.notEquals(value), {}), true);
        assert.equal(differs(label.presentAndNot(value), {}), false);
        assert.equal(differs(label.presentAndNot(value), { [key]: `${value}x` }), true);
        assert.equal(differs(label.absent(), {}), true);
        assert.equal(differs(label.absent(), { [key]: value }), false);
      }),
    );
  });
});

describe("any tree", () => {
  type Tree = { readonly filter: Filter; readonly decide: (image: MatchableImage) => boolean };
  const leaf = (filter: Filter, decide: Tree["decide"]): Tree => ({ filter, decide });
  const label = fc.record({ key: fc.constantFrom("a", "b"), value: fc.constantFrom("1", "2") });
  const leaves = fc.oneof(
    label.map(({ key, value }) => leaf(field.label(key).equals(value), ({ labels = {} }) => labels[key] === value)),
    label.map(({ key, value }) => leaf(field.label(key).notEquals(value), ({ labels = {} }) => labels[key] !== value)),
    label.map(({ key, value }) =>
      leaf(field.label(key).oneOf(value, "x"), ({ labels = {} }) => labels[key] === value || labels[key] === "x"),
    ),
    label.map(({ key }) => leaf(field.label(key).absent(), ({ labels = {} }) => labels[key] === undefined)),
    fc.constant(leaf(all, () => true)),
  );
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => {
    const several = fc.array(tie("tree"), { minLength: 1, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 3 },
        leaves,
        several.map((parts) =>
          leaf(allOf(...parts.map((part) => part.filter)), (image) => parts.every((part) => part.decide(image))),
        ),
        several.map((parts) =>
          leaf(anyOf(...parts.map((part) => part.filter)), (image) => parts.some((part) => part.decide(image))),
        ),
        fc
          .tuple(tie("tree"), tie("tree"))
          .map(([a, b]) => leaf(a.filter.and(b.filter), (image) => a.decide(image) && b.decide(image))),
        fc
          .tuple(tie("tree"), tie("tree"))
          .map(([a, b]) => leaf(a.filter.or(b.filter), (image) => a.decide(image) || b.decide(image))),
      ),
    };
  });
  const records = [undefined, "1", "2", "x"].flatMap((a) =>
    [undefined, "1", "2"].map((b) => image({ labels: { ...(a && { a }), ...(b && { b }) } })),
  );

  it("decides as its parts say, before and after it was sent", () => {
    let sent = 0;
    fc.assert(
      fc.property(tree, ({ filter, decide }) => {
        const expected = records.map(decide);
        assert.deepEqual(
          records.map((record) => matches(filter, record)),
          expected,
        );
        const strings = compiled(filter);
        if (strings === undefined) return;
        sent++;
        const read = parse(...strings);
        assert.deepEqual(
          records.map((record) => matches(read, record)),
          expected,
        );
      }),
      { numRuns: isLong ? 10_000 : 1_000 },
    );
    assert.ok(sent > 500);
  });

  function compiled(filter: Filter): string[] | undefined {
    try {
      return compile(filter);
    } catch (error) {
      assert.match(String(error), /more than 256/);
      return undefined;
    }
  }
});

it("any filter that can be read means the same when it is written", () => {
  const random = new Random(7);
  const records = fixture(random, 30);
  const count = isLong ? 5_000 : 1_500;
  let read = 0;
  for (let times = 0; times < count; times++) {
    const filter = parsed(anyFilters(random));
    if (filter === undefined) continue;
    read++;
    const strings = compile(filter);
    const again = parse(...strings);
    assert.deepEqual(compile(again), strings);
    assert.deepEqual(
      records.map((record) => matches(again, record)),
      records.map((record) => matches(filter, record)),
      strings.join("\n"),
    );
  }
  assert.ok(read > 0.4 * count);
});

function parsed(strings: readonly string[]): Filter | undefined {
  try {
    return parse(...strings);
  } catch {
    return undefined;
  }
}
