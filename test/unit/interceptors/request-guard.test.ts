import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  type Image,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { createRequest, deleteRequest, getRequest, listRequest, updateRequest } from "../../../src/codec/requests.js";
import { bytesResponse } from "../../../src/codec/responses.js";
import { ValidationError } from "../../../src/errors.js";
import { MAX_REQUEST_BYTES, requestGuard } from "../../../src/interceptors/request-guard.js";
import type { CallDetails } from "../../../src/rpc/call.js";
import { CREATE, DELETE, GET, LIST, type Method, UPDATE } from "../../../src/rpc/method.js";
import { bytesField, stringField } from "../../support/encoded-fields.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "./calls.js";
import { record, requests } from "./records.js";
import { ScriptedChannel } from "./scripted-channel.js";

function setUp({ onMetadata }: Pick<CallDetails, "onMetadata"> = {}) {
  const channel = new ScriptedChannel(() => Buffer.of());
  const invoker = requestGuard(channel);
  const send = async (method: Method, request: Uint8Array): Promise<Uint8Array> => {
    const call = callOn(new ManualClock(), { method: method.name, onMetadata });
    await invoker.unary(requestOf(method, request), call, bytesResponse);
    return channel.sent.at(-1)?.request.bytes ?? assert.fail("nothing was sent");
  };
  return { channel, send };
}

const name = stringField(1, "app:1");
const target = bytesField(3, stringField(2, "sha256:00"));
const mask = bytesField(2, stringField(1, "labels.env"));
const unknown = Buffer.of(15 * 8, 1);
/** Field 1 or 3 as a varint: another field, as the server reads it. */
const numberInPlaceOf = (field: number) => Buffer.of(field * 8, 1);

const withoutTarget: Readonly<Record<string, Uint8Array>> = {
  "nothing at all": Buffer.of(),
  "an empty image": bytesField(1),
  "an image with a name": bytesField(1, name),
  "a mask, but no image": mask,
  "an image with a name, and a mask": Buffer.concat([bytesField(1, name), mask]),
  "a mask first": Buffer.concat([mask, bytesField(1, name)]),
  "an image in two parts": Buffer.concat([bytesField(1, name), bytesField(1, bytesField(2, stringField(1, "env")))]),
  "unknown fields": Buffer.concat([unknown, bytesField(1, name, unknown), unknown]),
  "a number in place of the image": Buffer.concat([numberInPlaceOf(1), mask]),
  "a number in place of the target": bytesField(1, name, numberInPlaceOf(3)),
  "a target in a group, which is not the image's": Buffer.concat([
    Buffer.of(15 * 8 + 3),
    bytesField(1, target),
    Buffer.of(15 * 8 + 4),
    bytesField(1, name),
  ]),
  "a target in an unknown field": Buffer.concat([bytesField(15, bytesField(1, target)), bytesField(1, name)]),
};

const withTarget: Readonly<Record<string, Uint8Array>> = {
  "an empty target": bytesField(1, name, bytesField(3)),
  "a target": bytesField(1, name, target),
  "a target in the second part of the image": Buffer.concat([bytesField(1, name), mask, bytesField(1, target)]),
  "a target in two parts": bytesField(1, target, bytesField(3, stringField(1, "text/plain"))),
  "what the client encodes": requests.update.bytes,
  "a label update by the client": updateRequest(
    { ...record, target: { mediaType: "", digest: "", size: 0, annotations: {} } },
    ["labels.env"],
    undefined,
  ).bytes,
  "a create by the client": requests.create.bytes,
};

// As the server decodes it: parts of a message merge.
function imageOf(method: Method, request: Uint8Array): Image | undefined {
  const desc = method === CREATE ? CreateImageRequestSchema : UpdateImageRequestSchema;
  return fromBinary(desc, request).image;
}

for (const method of [CREATE, UPDATE]) {
  describe(method.name, () => {
    for (const [what, request] of Object.entries(withoutTarget)) {
      it(`${what}: gains an empty target, and loses nothing`, async () => {
        const sent = Buffer.from(await setUp().send(method, request));
        assert.equal(sent.toString("hex"), `0a021a00${Buffer.from(request).toString("hex")}`);
      });
    }

    for (const what of ["nothing at all", "an image with a name", "an image in two parts"]) {
      it(`${what}: is the same message with a target`, async () => {
        const request = withoutTarget[what] ?? assert.fail();
        const before = imageOf(method, request);
        const after = imageOf(method, await setUp().send(method, request));
        assert.ok(after?.target !== undefined);
        assert.deepEqual([after.target.digest, after.target.size], ["", 0n]);
        assert.deepEqual([after.name, after.labels], [before?.name ?? "", before?.labels ?? {}]);
      });
    }

    for (const [what, request] of Object.entries(withTarget)) {
      it(`${what}: goes as it is`, async () => {
        assert.equal(await setUp().send(method, request), request);
      });
    }
  });
}

it("other requests go as they are", async () => {
  const others: readonly (readonly [Method, Uint8Array])[] = [
    [GET, getRequest("app:1").bytes],
    [GET, Buffer.of()],
    [LIST, listRequest([]).bytes],
    [DELETE, deleteRequest("app:1", true, "sha256:00").bytes],
  ];
  for (const [method, request] of others) assert.equal(await setUp().send(method, request), request);
});

describe("requests of almost 16 MiB", () => {
  const filler = (length: number) => getRequest("x".repeat(length - 5)).bytes;

  it("are sent", async () => {
    const request = filler(MAX_REQUEST_BYTES);
    assert.equal(request.length, MAX_REQUEST_BYTES);
    assert.equal(await setUp().send(GET, request), request);
  });

  it("and a byte more are refused, and nothing is sent", async () => {
    const { channel, send } = setUp();
    await assert.rejects(send(GET, filler(MAX_REQUEST_BYTES + 1)), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.deepEqual(error.issues, [
        { path: "", message: "the request takes 16777153 bytes; at most 16777152 leave room for the response" },
      ]);
      assert.equal(error.method, "get");
      assert.equal(error.namespace, "default");
      return true;
    });
    assert.equal(channel.sent.length, 0);
  });

  it("are counted with the target that is added", async () => {
    const entry = (length: number) => bytesField(2, stringField(1, "k"), stringField(2, "x".repeat(length)));
    const request = bytesField(1, name, entry(MAX_REQUEST_BYTES - 28));
    assert.ok(request.length <= MAX_REQUEST_BYTES && request.length + 4 > MAX_REQUEST_BYTES, String(request.length));
    await assert.rejects(setUp().send(CREATE, request), ValidationError);
  });
});

describe("a delete with a target", () => {
  const deleteOf = (...target: readonly Uint8Array[]) =>
    Buffer.concat([stringField(1, "app:1"), bytesField(3, ...target)]);

  it("that has no digest is refused, and nothing is sent", async () => {
    for (const request of [deleteOf(), deleteOf(stringField(2, "")), deleteOf(stringField(1, "m"))]) {
      const { channel, send } = setUp({ onMetadata: () => {} });
      await assert.rejects(send(DELETE, request), { name: "ValidationError", message: /target\.digest is empty/ });
      assert.equal(channel.sent.length, 0);
    }
  });

  it("that has a digest is sent, and one without a target too", async () => {
    for (const request of [deleteOf(stringField(2, "sha256:00")), stringField(1, "app:1")])
      assert.deepEqual(await setUp().send(DELETE, request), request);
  });
});

it("what a user of raw has made and is no protobuf message is refused, and nothing is sent", async () => {
  for (const method of [CREATE, UPDATE]) {
    for (const request of [Buffer.of(0xff), Buffer.of(0x0a, 9), bytesField(1, Buffer.of(0)), Buffer.of(0x7b)]) {
      const { channel, send } = setUp({ onMetadata: () => {} }); // as a call of raw has it
      await assert.rejects(send(method, request), ValidationError);
      assert.equal(channel.sent.length, 0);
    }
  }
});

it("an image that is encoded by the client is never added to", async () => {
  const empty = { name: "", labels: {}, target: { mediaType: "", digest: "", size: 0, annotations: {} } };
  for (const request of [createRequest(empty, undefined).bytes, updateRequest(empty, [], undefined).bytes]) {
    assert.equal(await setUp().send(CREATE, request), request);
  }
});
