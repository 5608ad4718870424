import { data, FLAG, FRAME, frame, grpcMessage, headers } from "../frames.js";
import { image, okHeaders, type PeerStream } from "../peer.js";
import { afterAnswer, answer, expired, lost, malformed, overlooked, refused, type Scenario } from "../scenario.js";

const GIB = 2 ** 30;
const whole = grpcMessage(image);

/** A response with these bytes between correct headers and correct trailers. */
function body(name: string, bytes: Uint8Array, ending: Scenario["first"]): Scenario {
  return answer(name, (stream) => stream.headers().data(bytes).trailers(), ending);
}

/** A response that breaks the rules of HTTP/2 itself after correct headers. */
function raw(name: string, bytes: (stream: PeerStream) => Uint8Array, ending: Scenario["first"]): Scenario {
  return answer(name, (stream) => stream.headers().send(bytes(stream)), ending);
}

function padded(payload: Uint8Array, padBytes: number, sent = padBytes): Buffer {
  return Buffer.concat([Buffer.from([padBytes]), payload, Buffer.alloc(sent)]);
}

export const framing: readonly Scenario[] = [
  body("no message", Buffer.alloc(0), malformed),
  body("prefix cut off", whole.subarray(0, 3), malformed),
  body("message cut off", whole.subarray(0, whole.length - 1), malformed),
  body("only a prefix", whole.subarray(0, 5), malformed),
  body("two messages", Buffer.concat([whole, whole]), malformed),
  body("one byte too many", Buffer.concat([whole, Buffer.from([0])]), malformed),
  body("a second prefix", Buffer.concat([whole, Buffer.alloc(5)]), malformed),
  body("compressed flag", grpcMessage(image, image.length, 1), malformed),
  body("flag 2", grpcMessage(image, image.length, 2), malformed),
  body("flag 0x80", grpcMessage(image, image.length, 0x80), malformed),
  body("length 1 GiB, never sent", grpcMessage(image, GIB), "resource_exhausted malformed answered"),
  body("length 4 GiB, never sent", grpcMessage(image, 2 ** 32 - 1), "resource_exhausted malformed answered"),
  body("length just over the limit", grpcMessage(image, (64 << 20) + 1), "resource_exhausted malformed answered"),
  body("length just within the limit", grpcMessage(image, 64 << 20), malformed),
  answer(
    "length 1 GiB, held",
    (stream) => stream.headers().data(grpcMessage(image, GIB)),
    "resource_exhausted malformed answered",
  ),
  answer("message held", (stream) => stream.headers().data(whole.subarray(0, 9)), expired),
  answer("two messages in two frames", (stream) => stream.headers().message().message().trailers(), malformed),
  answer(
    "message in one-byte frames",
    (stream) => {
      stream.headers();
      for (const byte of whole) stream.data(Buffer.from([byte]));
      stream.trailers();
    },
    "ok",
  ),
  answer(
    "prefix in two frames",
    (stream) => stream.headers().data(whole.subarray(0, 2)).data(whole.subarray(2)).trailers(),
    "ok",
  ),
  answer(
    "empty frames around the message",
    (stream) => stream.headers().data(Buffer.alloc(0)).message().data(Buffer.alloc(0)).trailers(),
    "ok",
  ),
  answer(
    "two thousand empty frames",
    (stream) => {
      stream.headers().send(Buffer.concat(Array.from({ length: 2_000 }, () => data(stream.id, Buffer.alloc(0)))));
      stream.message().trailers();
    },
    lost,
  ),
  answer("padded frames", (stream) => stream.headers().data(padded(whole, 200), FLAG.padded).trailers(), "ok"),
  raw(
    "padding longer than the frame",
    (stream) => data(stream.id, padded(Buffer.alloc(0), 200, 3), FLAG.padded),
    overlooked,
  ),
  answer("no trailers", (stream) => stream.headers().data(whole, FLAG.endStream), lost),
  answer("headers only", (stream) => stream.headers(okHeaders, FLAG.endStream), lost),
  answer("trailers only, with status 0", (stream) => stream.trailers([...okHeaders, ["grpc-status", "0"]]), malformed),
  answer(
    "status among the headers, then a message",
    (stream) => stream.headers([...okHeaders, ["grpc-status", "0"]]).data(whole, FLAG.endStream),
    "ok",
  ),
  answer(
    "trailers that do not end the stream",
    (stream) =>
      stream
        .headers()
        .message()
        .headers([["grpc-status", "0"]]),
    "internal broken no-answer",
  ),
  answer("trailers before the message", (stream) => stream.headers().trailers().message(), malformed),
  answer("message before the headers", (stream) => stream.message().headers().trailers(), overlooked),
  answer("headers twice", (stream) => stream.headers().headers().message().trailers(), "internal broken no-answer"),
  answer("answer twice", (stream) => stream.ok().ok(), "ok"),
  afterAnswer("protocol error after the answer", (stream) => stream.send(frame(FRAME.data, 0, 0)), refused),
  raw("DATA on stream 0", () => data(0, whole), overlooked),
  raw("DATA on a stream that is not open", (stream) => data(stream.id + 100, whole), overlooked),
  raw("HEADERS on a stream that is not open", (stream) => headers(stream.id + 101, okHeaders), lost),
  raw("a frame larger than allowed", (stream) => data(stream.id, Buffer.alloc(16_385)), overlooked),
  raw("CONTINUATION without HEADERS", (stream) => frame(FRAME.continuation, FLAG.endHeaders, stream.id), overlooked),
  raw(
    "PUSH_PROMISE",
    (stream) => frame(FRAME.pushPromise, FLAG.endHeaders, stream.id, Buffer.from([0, 0, 0, 2, 0x88])),
    lost,
  ),
  raw("RST_STREAM of three bytes", (stream) => frame(FRAME.reset, 0, stream.id, Buffer.alloc(3)), overlooked),
  raw("PING of seven bytes", () => frame(FRAME.ping, 0, 0, Buffer.alloc(7)), overlooked),
  raw(
    "PRIORITY of a stream on itself",
    (stream) => frame(FRAME.priority, 0, stream.id, Buffer.from([0, 0, 0, stream.id, 0])),
    expired,
  ),
  raw("garbage", () => Buffer.alloc(100, 0xfe), overlooked),
  answer("close before the headers", (stream) => stream.end(), lost),
  answer("close after the headers", (stream) => stream.headers().end(), lost),
  answer("close within the message", (stream) => stream.headers().data(whole.subarray(0, 20)).end(), lost),
  answer("close after the message", (stream) => stream.headers().message().end(), lost),
  answer("close within a frame", (stream) => stream.headers().send(data(stream.id, whole).subarray(0, 12)).end(), lost),
  afterAnswer("close right after the answer", (stream) => stream.end(), lost),
  answer("drop before the headers", (stream) => stream.connection.close(), lost),
  answer("drop after the headers", (stream) => setImmediate(() => stream.headers().connection.close()), lost),
  answer("no answer", () => {}, expired),
  answer("no answer after the headers", (stream) => stream.headers(), expired),
  answer("no trailers after the message", (stream) => stream.headers().message(), expired),
  answer(
    "an answer of 900 KB",
    (stream) => inFrames(stream.headers(), grpcMessage(labelled(900_000))).trailers(),
    "ok",
  ),
  answer(
    "an answer of 12 KB, and GOAWAY INTERNAL_ERROR in the same packet",
    (stream) =>
      inFrames(stream.headers(), grpcMessage(labelled(12_000)))
        .trailers()
        .goAway(stream.id, 2),
    "ok",
  ),
  answer(
    "a compressed message without trailers, and GOAWAY INTERNAL_ERROR in the same packet",
    (stream) =>
      stream
        .headers()
        .data(grpcMessage(image, image.length, 1))
        .goAway(stream.id, 2),
    lost,
  ),
  answer(
    "3 MB, whatever the window",
    (stream) => inFrames(stream.headers(), grpcMessage(labelled(3_000_000))).trailers(),
    "ok",
  ),
];

function inFrames(stream: PeerStream, bytes: Uint8Array): PeerStream {
  for (let at = 0; at < bytes.length; at += 16_384) stream.data(bytes.subarray(at, at + 16_384));
  return stream;
}

// A field that the decoders do not know gives the message its size.
function labelled(sizeBytes: number): Buffer {
  const length = Buffer.from([
    0x7a,
    0x80 | (sizeBytes & 0x7f),
    0x80 | ((sizeBytes >> 7) & 0x7f),
    0x80 | ((sizeBytes >> 14) & 0x7f),
    sizeBytes >> 21,
  ]);
  return Buffer.concat([image, length, Buffer.alloc(sizeBytes)]);
}
