import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { SubscribeRequestSchema } from "../../../gen/containerd/services/events/v1/events_pb.js";
import {
  ImageCreateSchema,
  ImageDeleteSchema,
  ImageUpdateSchema,
} from "../../../gen/containerd/services/images/v1/events_pb.js";
import { EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import { encodeSubscribe, eventImageName } from "../../../src/codec/events.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { bytesField } from "../../support/encoded-fields.js";

function envelope(value: Uint8Array): Uint8Array {
  const event = { typeUrl: "containerd.services.images.v1.ImageUpdate", value };
  const timestamp = { seconds: 1n, nanos: 2 };
  return toBinary(
    EnvelopeSchema,
    create(EnvelopeSchema, { namespace: "n", topic: "/images/update", event, timestamp }),
  );
}

describe("events", () => {
  it("name their image, whatever happened to it", () => {
    const named = fc.record({
      name: fc.string({ minLength: 1, maxLength: 500, unit: "grapheme" }),
      labels: fc.constant({ a: "b" }),
    });
    fc.assert(
      fc.property(named, (fields) => {
        for (const value of [
          toBinary(ImageCreateSchema, create(ImageCreateSchema, fields)),
          toBinary(ImageUpdateSchema, create(ImageUpdateSchema, fields)),
          toBinary(ImageDeleteSchema, create(ImageDeleteSchema, { name: fields.name })),
        ])
          assert.equal(eventImageName(envelope(value)), fields.name);
      }),
    );
  });

  it("may name none", () => {
    const tooLong = bytesField(1, Buffer.alloc((32 << 10) + 1, "a"));
    for (const bytes of [Buffer.alloc(0), ...[Buffer.alloc(0), bytesField(2), bytesField(1), tooLong].map(envelope)])
      assert.equal(eventImageName(bytes), undefined);
  });

  it("may name an image as long as a server can store", () => {
    const name = "a".repeat(32 << 10);
    assert.equal(eventImageName(envelope(bytesField(1, Buffer.from(name)))), name);
  });

  it("that are no messages are refused", () => {
    for (const bytes of [Buffer.from([0xff]), bytesField(4, Buffer.from([0xff])), envelope(Buffer.from([0x0a, 9]))])
      assert.throws(() => eventImageName(bytes), MalformedMessage);
  });

  it("are read in linear time and little memory, however many fields there are", () => {
    const fields = Buffer.alloc(8 << 20, bytesField(4));
    const before = process.memoryUsage().heapUsed;
    assert.equal(eventImageName(fields), undefined);
    assert.ok(process.memoryUsage().heapUsed - before < 64 << 20);
  });

  it("are asked for by any of the filters", () => {
    const filters = ['namespace=="n"', ""];
    assert.deepEqual(fromBinary(SubscribeRequestSchema, encodeSubscribe(filters)).filters, filters);
  });
});
