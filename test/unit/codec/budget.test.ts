import assert from "node:assert/strict";
import { it } from "node:test";
import { imageCountResponse, imageResponse, imagesResponse, namespacesResponse } from "../../../src/codec/responses.js";
import { weigh } from "../../../src/codec/weigh.js";
import { ExcessiveMessage, type ResponseDecoder } from "../../../src/rpc/response-decoder.js";
import { bytesField, stringField } from "../../support/encoded-fields.js";

const MAX_RECORDS = 131_072;
const MAX_LABELS = 524_284;
const emptyRecord = bytesField(1);

function emptyRecords(count: number): Buffer {
  return Buffer.alloc(count * emptyRecord.length).fill(emptyRecord);
}

/** One record with this many labels or annotations. */
function labels(count: number, isAnnotation: boolean): Buffer {
  const entry = bytesField(isAnnotation ? 5 : 2, stringField(1, "k"), stringField(2, "v"));
  const entries = Buffer.alloc(count * entry.length).fill(entry);
  return bytesField(1, isAnnotation ? bytesField(3, entries) : entries);
}

function inPieces<T>({ pieces }: ResponseDecoder<T>, message: Buffer): T {
  const reader = pieces?.();
  assert.ok(reader !== undefined);
  for (let start = 0; start < message.length; start += 16_384) reader.push(message.subarray(start, start + 16_384));
  return reader.end();
}

for (const [how, read] of [
  ["at once", <T>(decoder: ResponseDecoder<T>, message: Buffer) => decoder.whole(message)],
  ["while it arrives", inPieces],
] as const) {
  it(`a response of too many records is rejected, read ${how}`, () => {
    assert.equal(read(imagesResponse, emptyRecords(MAX_RECORDS)).length, MAX_RECORDS);
    const tooMany = () => read(imagesResponse, emptyRecords(MAX_RECORDS + 1));
    assert.throws(tooMany, ExcessiveMessage);
    assert.throws(tooMany, { message: `more than ${MAX_RECORDS} records and 0 labels are not read at once` });
  });

  it(`too many namespaces are rejected, read ${how}`, () => {
    assert.throws(() => read(namespacesResponse, emptyRecords(MAX_RECORDS + 1)), ExcessiveMessage);
  });

  it(`a record of too many labels or annotations is rejected, read ${how}`, () => {
    for (const isAnnotation of [false, true]) {
      assert.equal(read(imageResponse, labels(MAX_LABELS, isAnnotation)).name, "");
      assert.throws(() => read(imageResponse, labels(MAX_LABELS + 1, isAnnotation)), ExcessiveMessage);
      assert.throws(() => read(imagesResponse, labels(MAX_LABELS + 1, isAnnotation)), ExcessiveMessage);
    }
  });

  it(`any number of records is counted, read ${how}`, () => {
    const count = 4 * MAX_RECORDS;
    assert.equal(read(imageCountResponse, emptyRecords(count)), count);
  });
}

it("the labels of a record that is read a second time count once", () => {
  const label = bytesField(2, stringField(1, "k"), stringField(2, "v"));
  const record = bytesField(1, label, label); // without a target, so that it takes the slower way
  const records = Buffer.alloc(87_382 * record.length).fill(record);
  const message = "more than 87381 records and 174762 labels are not read at once";
  assert.throws(() => imagesResponse.whole(records), { message });
});

it("the names of namespaces are read", () => {
  const message = Buffer.concat([bytesField(1, stringField(1, "default"), bytesField(2)), bytesField(1)]);
  assert.deepEqual(namespacesResponse.whole(message), ["default", ""]);
});

it("what raw decodes is weighed by the same measure", () => {
  weigh(emptyRecords(MAX_RECORDS));
  assert.throws(() => weigh(emptyRecords(MAX_RECORDS + 1)), ExcessiveMessage);
  for (const isAnnotation of [false, true]) {
    weigh(labels(MAX_LABELS, isAnnotation));
    assert.throws(() => weigh(labels(MAX_LABELS + 1, isAnnotation)), ExcessiveMessage);
  }
});

it("raw decodes no response of too many unknown fields, wherever they are", () => {
  const unknown = Buffer.of(0x78, 0); // field 15
  const places: Readonly<Record<string, (fields: Buffer) => Buffer>> = {
    response: (fields) => fields,
    image: (fields) => bytesField(1, fields),
    target: (fields) => bytesField(1, bytesField(3, fields)),
    timestamp: (fields) => bytesField(1, bytesField(7, fields)),
  };
  for (const [place, message] of Object.entries(places)) {
    weigh(message(unknown));
    const tooMany = message(Buffer.alloc((MAX_LABELS + 5) * unknown.length).fill(unknown));
    assert.throws(() => weigh(tooMany), ExcessiveMessage, place);
  }
});

it("a response that is refused for its fields is not said to have less than no records", () => {
  const message = `more than 0 records and ${MAX_LABELS + 5} labels are not read at once`;
  assert.throws(() => weigh(Buffer.alloc(2 * (MAX_LABELS + 5)).fill(Buffer.of(0x78, 0))), { message });
});
