import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EventReader } from "../../../src/transport/http2/event-reader.js";
import { grpcMessage } from "../../faults/frames.js";

const MIB = 1 << 20;

function messagesIn(...chunks: readonly Buffer[]): (Buffer | undefined)[] {
  const reader = new EventReader();
  const read: (Buffer | undefined)[] = [];
  for (const chunk of chunks) for (const message of reader.push(chunk)) read.push(message && Buffer.from(message));
  return read;
}

function* pieces(bytes: Buffer, sizeBytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

describe("EventReader", () => {
  it("gives the messages that were sent, wherever the stream is cut", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 60 }), (sent, sizeBytes) => {
        const bytes = Buffer.concat(sent.map((message) => grpcMessage(message)));
        assert.deepEqual(messagesIn(...pieces(bytes, sizeBytes)), sent.map(Buffer.from));
      }),
    );
  });

  it("keeps a message of 1 MiB, and skips a larger one, up to 16 MiB", () => {
    const [small, kept, passed, largest] = [1, MIB, MIB + 1, 16 * MIB].map((size) => Buffer.alloc(size, 1));
    const bytes = Buffer.concat([kept, passed, small, largest, small].map((m) => grpcMessage(m ?? Buffer.alloc(0))));
    const found = messagesIn(...pieces(bytes, 16_384));
    assert.deepEqual(
      found.map((message) => message?.length),
      [MIB, undefined, 1, undefined, 1],
    );
  });

  for (const [name, bytes, code, message] of [
    ["17 MiB", grpcMessage(Buffer.alloc(0), 17 * MIB), "resource_exhausted", /event of 17825792 bytes/],
    ["4 GiB", grpcMessage(Buffer.alloc(0), 2 ** 32 - 1), "resource_exhausted", /event of 4294967295 bytes/],
    ["a compressed one", grpcMessage(Buffer.alloc(1), 1, 1), "internal", /compressed/],
    ["what is no gRPC", Buffer.from("HTTP/1.1 400 Bad Request"), "internal", /first byte is 72/],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(() => messagesIn(bytes), { name: "RpcFailure", code, kind: "malformed", message });
    });
  }

  it("takes some thousand tiny frames, and refuses a flood of them", () => {
    const reader = new EventReader();
    const push = (count: number) => {
      for (let i = 0; i < count; i += 1) for (const _ of reader.push(Buffer.alloc(1)));
    };
    push(1_000);
    for (const _ of reader.push(Buffer.alloc(320_000)));
    push(10_000);
    assert.throws(() => push(3_000), { code: "internal", message: /frames for/ });
  });
});
