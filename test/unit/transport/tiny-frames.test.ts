import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { data, FLAG, grpcMessage, headers } from "../../faults/frames.js";
import { okHeaders, okTrailers, Peer } from "../../faults/peer.js";
import { failureOf, get } from "./calls.js";

describe("a response in tiny frames", () => {
  it("is refused, also if all of it arrives at once", async () => {
    const bytes = grpcMessage(Buffer.alloc(11_000));
    using peer = await Peer.start({
      answer: (stream) => {
        const frames = Array.from(bytes, (byte) => data(stream.id, Uint8Array.of(byte)));
        const trailers = headers(stream.id, okTrailers, FLAG.endStream);
        stream.send(Buffer.concat([headers(stream.id, okHeaders), ...frames, trailers]));
      },
    });
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    const { code, message } = await failureOf(get(channel)).finally(() => channel.destroy());
    assert.equal(code, "internal");
    assert.match(message, /10001 frames hold no more than/);
  });
});
