import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  ListImagesRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { fieldsOf, hasField } from "../../../src/codec/scan.js";
import { CREATE, DELETE, GET, LIST, type Method, UPDATE } from "../../../src/rpc/method.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { isLong } from "../../support/is-long.js";
import { hostileMessage } from "./hostile-messages.js";
import { type Reading, reading } from "./reference.js";
import { forSeeds } from "./seeds.js";

const cases = isLong ? 100_000 : 2_000;
const requests: readonly (readonly [Method, DescMessage])[] = [
  [GET, GetImageRequestSchema],
  [LIST, ListImagesRequestSchema],
  [CREATE, CreateImageRequestSchema],
  [UPDATE, UpdateImageRequestSchema],
  [DELETE, DeleteImageRequestSchema],
];

const VARINT = 0;
const BYTES = 2;

/** Every field of a message with its wire type, as protobuf-es finds them when it knows none of them. */
function fields(bytes: Uint8Array, number: number, wireType: number): readonly BinaryReader[] {
  const all = fromBinary(EmptySchema, bytes).$unknown ?? [];
  return all
    .filter((field) => field.no === number && field.wireType === wireType)
    .map(({ data }) => new BinaryReader(data));
}

function contents(bytes: Uint8Array, number: number): readonly Uint8Array[] {
  return fields(bytes, number, BYTES).map((reader) => reader.bytes());
}

function nameIn(bytes: Uint8Array): string | undefined {
  const name = contents(bytes, 1).at(-1);
  return name && new TextDecoder("utf-8", { ignoreBOM: true }).decode(name);
}

function expectedName(method: Method, bytes: Uint8Array): string | undefined {
  if (method === LIST) return undefined;
  return nameIn(method === CREATE || method === UPDATE ? Buffer.concat(contents(bytes, 1)) : bytes);
}

function valueOr<T>(read: Reading<T>, fallback: T): T {
  return read === "refused" ? fallback : read.value;
}

describe("scanners find what protobuf-es finds, by number and wire type", () => {
  for (const [method, desc] of requests) {
    it(method.name, (t) => {
      let read = 0;
      forSeeds(t, cases, (random) => {
        const bytes = hostileMessage(random, desc);
        for (const number of [1, 2, 3]) {
          const expected = reading(() => contents(bytes, number).map((content) => Buffer.from(content)));
          assert.deepEqual(
            reading(() => fieldsOf(bytes, number), MalformedMessage),
            expected,
          );
          const isThere = reading(() => hasField(bytes, number), MalformedMessage);
          assert.deepEqual(isThere, expected === "refused" ? "refused" : { value: expected.value.length > 0 });
          if (expected !== "refused") read += 1;
        }
        assert.equal(
          requestOf(method, bytes).imageName,
          valueOr(
            reading(() => expectedName(method, bytes)),
            undefined,
          ),
        );
        const sync = reading(() => fields(bytes, 2, VARINT).map((reader) => reader.uint64() !== 0n));
        const isSync = method === DELETE && valueOr(sync, []).at(-1) === true;
        assert.equal(requestOf(method, bytes).kind === "sync-delete", isSync);
      });
      assert.ok(read > cases, "few requests could be read at all");
    });
  }
});

it("bytes of a larger memory are read in place", () => {
  const memory = new Uint8Array([9, 9, 0x0a, 1, 0x61, 9]);
  assert.deepEqual(fieldsOf(memory.subarray(2, 5), 1), [Buffer.from("a")]);
});
