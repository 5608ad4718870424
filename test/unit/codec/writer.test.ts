import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRequest } from "../../../src/codec/requests.js";
import { encoded, MessageWriter } from "../../../src/codec/writer.js";
import { anyCharacter } from "../../support/any-character.js";
import { bytesField, intField, mapField, stringField } from "../../support/encoded-fields.js";

const target = { mediaType: "", digest: "", size: 0, annotations: {} };
const around = [0, 1, 39, 40, 41, 42, 127, 128, 129, 5_461, 5_462, 16_383, 16_384, 699_050, 2_097_151, 2_097_152];

describe("the writer of messages", () => {
  for (const length of around)
    it(`writes texts and messages of ${length} characters, of one to four bytes each`, () => {
      for (const character of ["a", "ü", "€", "😀", "\ud800"]) {
        const text = `${character.repeat(length)}`;
        const expected = bytesField(7, bytesField(3, Buffer.from(text)), intField(4, -length));
        const written = encoded(text, (writer) =>
          writer.message(7, text, (message) => {
            message.text(3, text);
            message.int(4, -length);
          }),
        );
        assert.ok(expected.equals(written), character);
      }
    });

  it("writes the first characters of each length in UTF-8, and the last of the length before", () => {
    for (const character of ["\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\u{10000}"])
      assert.ok(
        stringField(1, character).equals(encoded(character, (writer, text) => writer.text(1, text))),
        character,
      );
  });

  it("writes maps as a buffer for each field would", () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 200 });
    const map = fc.dictionary(text, text, { noNullPrototype: false });
    fc.assert(
      fc.property(map, (labels) => {
        const expected = mapField(2, labels);
        assert.ok(expected.equals(encoded(labels, (writer) => writer.map(2, labels))));
      }),
      { numRuns: 300 },
    );
  });

  it("writes numbers and messages over the end of its first memory, wherever that is", () => {
    for (let count = 150; count < 600; count += 1) {
      const numbers = Array.from({ length: count }, () => intField(1, 1));
      let expected: Buffer = Buffer.concat([...numbers, ...numbers.map(() => bytesField(3))]);
      let write = (writer: MessageWriter) => {
        for (let i = 0; i < count; i += 1) writer.int(1, 1);
        for (let i = 0; i < count; i += 1) writer.message(3, undefined, () => {});
      };
      for (let depth = 0; depth < 40; depth += 1) {
        const inner = write;
        write = (writer) => writer.message(2, undefined, inner);
        expected = bytesField(2, expected);
      }
      const writer = new MessageWriter();
      write(writer);
      assert.ok(expected.equals(writer.take()), `${count} numbers`);
    }
  });

  it("writes a message while another is being written", () => {
    const outer = encoded("outer", (writer, value) => {
      writer.string(1, value);
      const inner = encoded("inner", (other, text) => other.string(1, text));
      assert.ok(stringField(1, "inner").equals(inner));
      writer.string(2, value);
    });
    assert.ok(Buffer.concat([stringField(1, "outer"), stringField(2, "outer")]).equals(outer));
  });

  it("leaves nothing of a message that failed for the next", () => {
    assert.throws(() =>
      encoded("x", (writer, value) => {
        writer.string(1, value);
        throw new Error("on purpose");
      }),
    );
    assert.ok(stringField(1, "y").equals(encoded("y", (writer, value) => writer.string(1, value))));
  });

  it("uses one memory for all usual messages, grows it few times, and does not keep a large one", ({ mock }) => {
    const memories = mock.method(Buffer, "allocUnsafeSlow").mock;
    const madeFor = (count: number) => {
      const before = memories.callCount();
      encoded(count, (writer) => {
        for (let n = 0; n < count; n += 1) writer.text(1, "a".repeat(100));
      });
      return memories.callCount() - before;
    };
    madeFor(1);
    assert.deepEqual([madeFor(1), madeFor(1)], [0, 0]);
    madeFor(500);
    assert.equal(madeFor(500), 0, "about 50 kB");
    const large = madeFor(5_000);
    assert.ok(large > 0 && large < 12, `${large} times for about 500 kB`);
    assert.ok(madeFor(1) > 0);
  });

  it("gives each request bytes of its own", () => {
    const first = createRequest({ name: "a", labels: {}, target }, undefined).bytes;
    const before = Buffer.from(first);
    createRequest({ name: "b".repeat(99), labels: { c: "d" }, target }, undefined);
    assert.deepEqual(Buffer.from(first), before);
  });
});
