// Checks that the process survives a dialed stream that pushes the response before its `write` returns, as one to a
// peer in memory may. If it does not, Node aborts it.
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { ImagesClient } from "../../src/client.js";
import { data, FLAG, FRAME, FrameReader, grpcMessage, headers, type ReceivedFrame, settings } from "./frames.js";
import { image, okHeaders, okTrailers } from "./peer.js";

const PREFACE_BYTES = 24;

await using images = new ImagesClient({ dial: answering, namespace: "default", retry: false });
const names = await Promise.all(["a", "b", "c"].map(async (name) => (await images.get(name)).name));
assert.deepEqual(names, ["app:1", "app:1", "app:1"]);

function answering(): Duplex {
  const reader = new FrameReader(PREFACE_BYTES);
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      for (const frame of reader.push(chunk)) stream.push(answerTo(frame));
      done();
    },
  });
  stream.push(settings());
  return stream;
}

function answerTo({ type, flags, streamId }: ReceivedFrame): Buffer {
  if (type !== FRAME.data || (flags & FLAG.endStream) === 0) return Buffer.alloc(0);
  const [begin, end] = [headers(streamId, okHeaders), headers(streamId, okTrailers, FLAG.endStream)];
  return Buffer.concat([begin, data(streamId, grpcMessage(image)), end]);
}
