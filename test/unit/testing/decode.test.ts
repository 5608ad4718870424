import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { PublishRequestSchema } from "../../../gen/containerd/services/events/v1/events_pb.js";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { type ContainerdVersion, profiles } from "../../../src/testing/profile.js";
import { decodeRequest } from "../../../src/testing/services/decode.js";

const versions = ["1.6", "1.7", "2.1"] as const;
const refusedBy = (...refusing: ContainerdVersion[]) => refusing;
const all = refusedBy(...versions);
const none = refusedBy();

/** Bytes that were sent to containerd 1.6.20, 1.7.24 and 2.1.9, and which of these could not decode them. */
const cases: readonly (readonly [string, DescMessage, string, readonly ContainerdVersion[]])[] = [
  ["a name", GetImageRequestSchema, "0a0161", none],
  ["a name as a varint", GetImageRequestSchema, "0805", refusedBy("1.6")],
  ["a name as four bytes", GetImageRequestSchema, "0d01020304", refusedBy("1.6")],
  ["a name as a group", GetImageRequestSchema, "0b0c", refusedBy("1.6")],
  ["an unknown group", GetImageRequestSchema, "4b4c0a0161", none],
  ["the end of no group", GetImageRequestSchema, "4c0a0161", all],
  ["field 0", GetImageRequestSchema, "0200", all],
  ["wire type 6", GetImageRequestSchema, "0e00", all],
  ["wire type 7", GetImageRequestSchema, "4f00", all],
  ["half a tag", GetImageRequestSchema, "80", all],
  ["a varint of eleven bytes", GetImageRequestSchema, `48${"80".repeat(11)}01`, all],
  ["a length beyond the end", GetImageRequestSchema, "0affffffff0f", all],
  ["a negative length", GetImageRequestSchema, "0affffffffffffffffff01", all],
  ["a name that is not UTF-8", GetImageRequestSchema, "0a02ff61", refusedBy("1.7", "2.1")],
  ["a name that is half of a surrogate pair", GetImageRequestSchema, "0a03eda080", refusedBy("1.7", "2.1")],
  ["an unknown field that is not UTF-8", GetImageRequestSchema, "4a01ff", none],
  ["sync as text", DeleteImageRequestSchema, "120178", refusedBy("1.6")],
  ["a delete's target that is no message", DeleteImageRequestSchema, "1a030a0501", refusedBy("2.1")],
  ["a delete's target that is not UTF-8", DeleteImageRequestSchema, "1a031201ff", refusedBy("2.1")],
  ["a label's value that is not UTF-8", CreateImageRequestSchema, "0a0812060a016b1201ff", refusedBy("1.7", "2.1")],
  ["a label's key that is not UTF-8", CreateImageRequestSchema, "0a0812060a01ff120176", refusedBy("1.7", "2.1")],
  ["an empty label", CreateImageRequestSchema, "0a021200", none],
  ["a label of three fields", CreateImageRequestSchema, "0a0b12090a016b1201761a0178", none],
  ["labels as a varint", CreateImageRequestSchema, "0a021005", refusedBy("1.6")],
  ["a time of 10^9 nanoseconds", CreateImageRequestSchema, "0a0a3a080805108094ebdc03", refusedBy("1.6")],
  ["a time before year 1", CreateImageRequestSchema, "0a0d420b08ff91b8c398feffffff01", refusedBy("1.6")],
  ["a time in year 1", CreateImageRequestSchema, "0a0d420b088092b8c398feffffff01", none],
  ["the last time of year 9999", CreateImageRequestSchema, "0a0f3a0d08ff82d1ffaf0710ff93ebdc03", none],
  ["a time in year 10000", CreateImageRequestSchema, "0a093a07088083d1ffaf07", refusedBy("1.6")],
  ["a time of -1 nanosecond", CreateImageRequestSchema, "0a0f3a0d080510ffffffffffffffffff01", refusedBy("1.6")],
  ["a time that is no message", CreateImageRequestSchema, "0a033a0108", all],
  ["an epoch that is no message", CreateImageRequestSchema, "120108", refusedBy("1.7", "2.1")],
  ["an epoch as a varint", CreateImageRequestSchema, "1001", none],
  ["an update's epoch that is no message", UpdateImageRequestSchema, "1a0108", refusedBy("1.7", "2.1")],
  ["a mask as a varint", UpdateImageRequestSchema, "1001", refusedBy("1.6")],
  ["a path as a varint", UpdateImageRequestSchema, "12020801", refusedBy("1.6")],
  ["an event with its content", PublishRequestSchema, "0a022f6112060a01741201ff", none],
  ["an event whose content is a varint", PublishRequestSchema, "12021001", refusedBy("1.6")],
  ["a path that is not UTF-8", UpdateImageRequestSchema, "12040a026cff", refusedBy("1.7", "2.1")],
];

describe("the service in memory", () => {
  for (const version of versions) {
    it(`reads what containerd ${version} reads`, () => {
      for (const [what, desc, hex, refusing] of cases) {
        const decode = () => decodeRequest(desc, Uint8Array.from(Buffer.from(hex, "hex")), profiles[version]);
        if (refusing.includes(version)) assert.throws(decode, { name: "Status", code: "internal" }, what);
        else assert.doesNotThrow(decode, what);
      }
    });
  }

  it("leaves out what the version does not read", () => {
    const read = (desc: DescMessage, hex: string, version: ContainerdVersion) =>
      decodeRequest(desc, Uint8Array.from(Buffer.from(hex, "hex")), profiles[version]);
    const name = { ...read(GetImageRequestSchema, "0a0161", "1.7") };
    assert.deepEqual({ ...read(GetImageRequestSchema, "08050a0161", "1.7") }, name);
    assert.equal(Reflect.get(read(DeleteImageRequestSchema, "1001", "1.7"), "sync"), true);
    assert.equal("target" in read(DeleteImageRequestSchema, "1a00", "1.7"), false);
    assert.equal("target" in read(DeleteImageRequestSchema, "1a00", "2.1"), true);
    assert.equal("sourceDateEpoch" in read(CreateImageRequestSchema, "1200", "1.6"), false);
    assert.equal("sourceDateEpoch" in read(CreateImageRequestSchema, "1200", "1.7"), true);
  });
});
