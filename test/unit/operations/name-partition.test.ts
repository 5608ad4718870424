import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { matches } from "../../../src/filters/index.js";
import { allNames, type NamePartition } from "../../../src/operations/name-partition.js";
import { descriptor } from "../../contract/records.js";
import { anyCharacter } from "../../support/any-character.js";
import { isLong } from "../../support/is-long.js";

const MAX_DEPTH = 1_000;

// The edges: of the classes, of the lengths in UTF-8, of UTF-16, and the characters that `.` and `$` treat differently.
const edges = "\0\n\r/0349ackzAZ~\x7f\x80é\u07ff\u0800\ud7ff\ue000\ufffd\uffff\u{10000}\u{10ffff}";
const names = fc.oneof(
  fc.string({ unit: anyCharacter, minLength: 1, maxLength: 6 }).filter((name) => name.isWellFormed()),
  fc.string({ unit: fc.constantFrom(...edges), minLength: 1, maxLength: 5 }),
  fc.tuple(fc.nat(99_999), fc.nat(9)).map(([n, tag]) => `registry.example.com/app-${n}:v${tag}`),
);

function has(partition: NamePartition, name: string): boolean {
  return matches(partition.filter, { name, labels: {}, target: { ...descriptor("a"), annotations: {} } });
}

// Names begin alike, so that most of their ways are the same; each part of those is prepared once.
const knownParts = new Map<NamePartition, readonly NamePartition[]>();
const MAX_KNOWN = 2_000;

function partsOf(partition: NamePartition): readonly NamePartition[] {
  const known = knownParts.get(partition);
  if (known !== undefined) return known;
  const parts = partition.split();
  if (knownParts.size === MAX_KNOWN) knownParts.clear(); // the long form would fill the heap
  knownParts.set(partition, parts);
  return parts;
}

/** All partitions from that of all names down to that of this name. */
function wayTo(name: string): NamePartition[] {
  const way = [allNames];
  for (let parts = partsOf(allNames); parts.length > 0; ) {
    const own = parts.filter((part) => has(part, name));
    assert.equal(own.length, 1, `${JSON.stringify(name)} is in ${own.length} of ${parts.length} parts`);
    const [next] = own;
    assert.ok(next !== undefined && way.length < MAX_DEPTH);
    way.push(next);
    parts = partsOf(next);
  }
  return way;
}

it("the first and the last of all characters are in a part, wherever they stand in a name", () => {
  for (const name of ["\0", "\u{10ffff}", "a\0", "a\u{10ffff}"]) wayTo(name);
});

it("every name is in exactly one part, and in no part of those that it is not in; the last part has one name", () => {
  fc.assert(
    fc.property(names, names, (name, other) => {
      const way = wayTo(name);
      let isIn = true;
      for (const partition of way) {
        const isStillIn = has(partition, other);
        assert.ok(isIn || !isStillIn);
        isIn = isStillIn;
      }
      assert.equal(isIn, name === other);
      const last = way.at(-1);
      assert.ok(last && !has(last, name + other)); // which begins with the name
    }),
    { numRuns: isLong ? 200 : 8 },
  );
});

const digest = (n: number) => (n * 2_654_435_761).toString(16).padStart(64, "0").slice(-64);
const populations: Record<string, (n: number) => string> = {
  "numbered applications": (n) =>
    `registry.example.com/team-${n % 50}/service-${String(n).padStart(6, "0")}:v1.${n % 10}`,
  "plain numbers": (n) => `img-${n}`,
  "one repository, many tags": (n) => `docker.io/library/app:${n}`,
  "many repositories, one tag": (n) => `docker.io/library/app${n}:latest`,
  digests: (n) => `sha256:${digest(n)}`,
  "references by digest": (n) => `registry.example.com/app@sha256:${digest(n)}`,
};

for (const [what, nameOf] of Object.entries(populations)) {
  it(`the first divisions halve: ${what}`, () => {
    let [partition, rest] = [allNames, Array.from({ length: 1_500 }, (_, n) => nameOf(n))];
    for (let depth = 0; depth < 4; depth += 1) {
      const halves = partsOf(partition).map((part) => ({ part, names: rest.filter((name) => has(part, name)) }));
      assert.equal(halves.length, 2);
      const [larger] = halves.toSorted((a, b) => b.names.length - a.names.length);
      assert.ok(larger !== undefined);
      const share = larger.names.length / rest.length;
      assert.ok(share < 0.75, `${Math.round(share * 100)} % are in one half at depth ${depth}`);
      [partition, rest] = [larger.part, larger.names];
    }
  });
}
