import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { ListImagesResponseSchema } from "../../gen/containerd/services/images/v1/images_pb.js";
import { record } from "../records.js";

const storedAt = timestampFromDate(new Date("2026-01-02T03:04:05.678Z"));

/**
 * A record as bytes: the response to a get or create, and also to a list of one record. Several of them, joined, are a
 * list of several records.
 */
export function encodedRecord(index: number): Uint8Array {
  const { name, labels = {}, target } = record(index);
  const { mediaType, digest, size } = target;
  const stored = { name, labels, target: { mediaType, digest, size: BigInt(size) } };
  const image = { ...stored, createdAt: storedAt, updatedAt: storedAt };
  return toBinary(ListImagesResponseSchema, create(ListImagesResponseSchema, { images: [image] }));
}
