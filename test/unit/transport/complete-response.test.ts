import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { imagesResponse } from "../../../src/codec/responses.js";
import { LIST } from "../../../src/rpc/method.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Session } from "../../../src/transport/http2/session.js";
import { type Clock, systemClock } from "../../../src/util/clock.js";
import { grpcMessage } from "../../faults/frames.js";
import { okHeaders, okTrailers, Peer } from "../../faults/peer.js";
import { bytesField } from "../../support/encoded-fields.js";
import { failureOf, get, newCall, outcome } from "./calls.js";

const COUNT = 5_000;
const INTERNAL_ERROR = 2;
const CANCEL = 8;
const FRAME_BYTES = 16_384;
const image = bytesField(1, bytesField(1, Buffer.from("app:1")));

describe("a complete response", () => {
  it("counts also if the connection is lost while the client pauses between two parts of it", async () => {
    const bytes = grpcMessage(Buffer.concat(Array.from({ length: COUNT }, () => image)));
    using peer = await Peer.start({
      answer: (stream) => {
        stream.headers();
        for (let at = 0; at < bytes.length; at += FRAME_BYTES) stream.data(bytes.subarray(at, at + FRAME_BYTES));
        stream.trailers().goAway(stream.id, INTERNAL_ERROR);
      },
    });
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    const call = newCall({ timeoutMs: 1e9 }, slowClock());
    const list = channel.unary(requestOf(LIST, new Uint8Array()), call, imagesResponse);
    const images = await list.finally(() => {
      call.deadline.release();
      channel.destroy();
    });
    assert.equal(images.length, COUNT);
  });

  it("does not count if its stream is reset, although a status was in its headers", async () => {
    using peer = await Peer.start({
      answer: (stream) =>
        stream
          .headers([...okHeaders, ...okTrailers])
          .message()
          .reset(CANCEL),
    });
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    assert.equal(await outcome(get(channel)), "unavailable broken no-answer");
    channel.destroy();
  });
});

describe("a malformed response", () => {
  it("ends its call once, also if the trailers come before the client has read what is wrong with it", async () => {
    const tooLong = grpcMessage(Buffer.alloc(20_000), 19_000);
    const [first, last] = [tooLong.subarray(0, FRAME_BYTES), tooLong.subarray(FRAME_BYTES)];
    using peer = await Peer.start({ answer: (stream) => stream.headers().data(first).data(last).trailers() });
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    const call = newCall();
    const session = await channel.pinned(call, async (_, connection) => connection);
    const response = channel.unary(requestOf(LIST), call, { whole: ({ length }) => length });
    assert.match((await failureOf(response)).message, /more than one message/);
    call.deadline.release();
    assert.ok(session instanceof Session);
    assert.equal(session.idle, true);
    channel.destroy();
  });
});

describe("a large response", () => {
  it("lets timers and other connections have a turn while it is read", async () => {
    using peer = await Peer.start({ answer: (stream) => stream.flood(Buffer.alloc(1 << 18)) });
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    const call = newCall({ timeoutMs: 1e9 }, slowClock());
    const turns = new Set<number>();
    let turn = 0;
    let count = setImmediate(function next() {
      turn += 1;
      count = setImmediate(next);
    });
    let parts = 0;
    const push = () => {
      parts += 1;
      turns.add(turn);
    };
    const decoder = { whole: () => assert.fail(), pieces: () => ({ push, end: () => {} }) };
    await channel.unary(requestOf(LIST), call, decoder).finally(() => {
      clearImmediate(count);
      call.deadline.release();
      channel.destroy();
    });
    assert.ok(turns.size >= parts - 1, `${parts} parts in ${turns.size} turns`); // the first part shows that it is large
    assert.ok(parts > 4);
  });
});

/** Every reading of this clock is 20 ms later, so that the client pauses after every part. */
function slowClock(): Clock {
  let ms = 0;
  return {
    ...systemClock,
    now: () => {
      ms += 20;
      return ms;
    },
  };
}
