import assert from "node:assert/strict";
import { create, fromBinary, fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  Images,
  ListImagesRequestSchema,
  ListImagesResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { codeNames, type RawConnection } from "./call.js";
import { loadCases, type RecordedVersion } from "./rpc-cases.js";

interface Expectation {
  readonly code: string;
  readonly names?: readonly string[];
  readonly message?: string;
}

/** One recorded List of `filter-cases.json`. */
export interface FilterCase {
  readonly id: string;
  readonly filters: readonly string[];
  readonly expect: Expectation;
  readonly perVersion?: Readonly<Partial<Record<RecordedVersion, Expectation>>>;
}

const file = loadCases<{ fixture: JsonObject[]; cases: FilterCase[] }>("filter-cases.json");
export const filterCases = file.cases;

/** Stores the images that the cases were recorded with. */
export async function createFixture(connection: RawConnection, namespace: string): Promise<void> {
  for (const image of file.fixture) {
    const request = toBinary(CreateImageRequestSchema, fromJson(CreateImageRequestSchema, { image }));
    const reply = await connection.call(`/${Images.typeName}/Create`, request, headersOf(namespace));
    assert.equal(reply.code, 0, reply.message);
  }
}

/** Lists with the case's filters, and compares the result with the recorded one. */
export async function checkFilterCase(
  { filters, expect, perVersion }: FilterCase,
  connection: RawConnection,
  namespace: string,
  version: RecordedVersion,
): Promise<void> {
  const request = toBinary(ListImagesRequestSchema, create(ListImagesRequestSchema, { filters: [...filters] }));
  const reply = await connection.call(`/${Images.typeName}/List`, request, headersOf(namespace));
  const expected = perVersion?.[version] ?? expect;
  assert.equal(reply.code === undefined ? undefined : codeNames[reply.code], expected.code, reply.message);
  assert.equal(reply.message, expected.message ?? "");
  if (expected.names === undefined) return;
  const { images } = fromBinary(ListImagesResponseSchema, reply.messages[0] ?? new Uint8Array());
  assert.deepEqual(
    images.map(({ name }) => name),
    expected.names,
  );
}

function headersOf(namespace: string) {
  return { headers: { "containerd-namespace": namespace } };
}
