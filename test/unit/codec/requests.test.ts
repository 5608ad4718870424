import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  create,
  createRegistry,
  type DescMessage,
  equals,
  fromBinary,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  ListImagesRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { createRequest, deleteRequest, getRequest, listRequest, updateRequest } from "../../../src/codec/requests.js";
import type { ImageFields } from "../../../src/image.js";
import { anyCharacter } from "../../support/any-character.js";
import { isLong } from "../../support/is-long.js";

const options = { numRuns: isLong ? 20_000 : 500 };

const text = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.constantFrom("", "__proto__", "env", "\ufeff\ufffd\0", "ü".repeat(99)),
);
const map = fc.array(fc.tuple(text, text), { maxLength: 6 }).map((entries) => Object.fromEntries(entries));
const size = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 127, 128, 2 ** 31, 2 ** 32, 2 ** 35 - 1, 2 ** 35, 2 ** 53 - 1),
);
const target = fc.record({ mediaType: text, digest: text, size, annotations: map });
const image = fc.record({ name: text, labels: map, target });
const date = fc.option(
  fc.oneof(
    fc.date({ noInvalidDate: true }),
    fc.constantFrom(0, 1, -1, -999, -1_000, -1_001, 8.64e15, -8.64e15).map((ms) => new Date(ms)),
  ),
  { nil: undefined },
);

// The decoded bytes are exactly the intended message.
function assertEncodes<D extends DescMessage>(bytes: Uint8Array, desc: D, meant: MessageInitShape<D>): void {
  const decoded = fromBinary(desc, bytes);
  assert.ok(
    equals(desc, decoded, create(desc, meant), { unknown: true, registry: createRegistry() }),
    Buffer.from(bytes).toString("hex"),
  );
}

function imageMessage({ name, labels, target: { size: bytes, ...descriptor } }: ImageFields) {
  return { name, labels, target: { ...descriptor, size: BigInt(bytes) } };
}

function timestamp(at: Date | undefined): Pick<Timestamp, "seconds" | "nanos"> | undefined {
  if (at === undefined) return undefined;
  const ms = BigInt(at.getTime());
  const millis = ((ms % 1_000n) + 1_000n) % 1_000n;
  return { seconds: (ms - millis) / 1_000n, nanos: Number(millis) * 1_000_000 };
}

describe("requests, as protobuf-es decodes them", () => {
  it("Get", () => {
    const property = fc.property(text, (name) =>
      assertEncodes(getRequest(name).bytes, GetImageRequestSchema, { name }),
    );
    fc.assert(property, options);
  });

  it("List", () => {
    const property = fc.property(fc.array(text), (filters) =>
      assertEncodes(listRequest(filters).bytes, ListImagesRequestSchema, { filters }),
    );
    fc.assert(property, options);
  });

  it("Create", () => {
    const property = fc.property(image, date, (given, at) =>
      assertEncodes(createRequest(given, at).bytes, CreateImageRequestSchema, {
        image: imageMessage(given),
        ...(at && { sourceDateEpoch: timestamp(at) }),
      }),
    );
    fc.assert(property, options);
  });

  it("Update", () => {
    const property = fc.property(image, fc.array(text), date, (given, paths, at) =>
      assertEncodes(updateRequest(given, paths, at).bytes, UpdateImageRequestSchema, {
        image: imageMessage(given),
        ...(paths.length > 0 && { updateMask: { paths } }),
        ...(at && { sourceDateEpoch: timestamp(at) }),
      }),
    );
    fc.assert(property, options);
  });

  it("Delete", () => {
    const property = fc.property(text, fc.boolean(), fc.option(text, { nil: undefined }), (name, sync, digest) =>
      assertEncodes(deleteRequest(name, sync, digest).bytes, DeleteImageRequestSchema, {
        name,
        sync,
        ...(digest !== undefined && { target: { digest } }),
      }),
    );
    fc.assert(property, options);
  });
});

const nothing = { name: "a", labels: {}, target: { mediaType: "", digest: "", size: 0, annotations: {} } };

it("a target that says nothing is present all the same, because servers crash without it", () => {
  assert.equal(
    Buffer.from(updateRequest(nothing, ["labels"], undefined).bytes).toString("hex"),
    "0a050a01611a0012080a066c6162656c73",
  );
  assert.equal(Buffer.from(createRequest(nothing, undefined).bytes).toString("hex"), "0a050a01611a00");
});

it("the start of 1970 is a time, and not the absence of one", () => {
  assert.equal(
    Buffer.from(createRequest(nothing, new Date(0)).bytes)
      .subarray(-2)
      .toString("hex"),
    "1200",
  );
});

it("labels called like members of Object.prototype are sent", () => {
  const labels: Record<string, string> = JSON.parse('{"__proto__":"p","constructor":"c"}');
  const { image: sent } = fromBinary(CreateImageRequestSchema, createRequest({ ...nothing, labels }, undefined).bytes);
  assert.deepEqual(Object.entries(sent?.labels ?? {}), [
    ["__proto__", "p"],
    ["constructor", "c"],
  ]);
});
