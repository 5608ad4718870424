import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { Line, type Linked } from "../../../src/util/line.js";

class Entry implements Linked<Entry> {
  previous: Entry | undefined;
  next: Entry | undefined;
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}

function idsOf(line: Line<Entry>): readonly number[] {
  const ids: number[] = [];
  for (const { id } of line) ids.push(id);
  return ids;
}

it("a line has its entries in order, whatever joins and leaves", () => {
  const steps = fc.array(fc.option(fc.nat(20)), { maxLength: 100 });
  const property = fc.property(steps, (leaving) => {
    const line = new Line<Entry>();
    const expected: Entry[] = [];
    for (const [id, at] of leaving.entries()) {
      const [gone] = at === null || expected.length === 0 ? [] : expected.splice(at % expected.length, 1);
      if (gone !== undefined) line.remove(gone);
      else {
        const entry = new Entry(id);
        expected.push(entry);
        line.add(entry);
      }
      assert.deepEqual(
        idsOf(line),
        expected.map((entry) => entry.id),
      );
    }
  });
  fc.assert(property);
});

it("an entry that has left keeps nothing of the line", () => {
  const line = new Line<Entry>();
  const entries = [new Entry(1), new Entry(2), new Entry(3)] as const;
  for (const entry of entries) line.add(entry);
  line.remove(entries[1]);
  assert.deepEqual([entries[1].previous, entries[1].next], [undefined, undefined]);
});

it("entries may leave while all are visited", () => {
  const line = new Line<Entry>();
  for (const id of [1, 2, 3]) line.add(new Entry(id));
  const seen: number[] = [];
  for (const entry of line) {
    seen.push(entry.id);
    line.remove(entry);
  }
  assert.deepEqual([seen, line.isEmpty], [[1, 2, 3], true]);
});
