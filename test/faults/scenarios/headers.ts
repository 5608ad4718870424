import {
  data,
  type Field,
  FLAG,
  FRAME,
  frame,
  grpcMessage,
  headers,
  hpack,
  longHeaders,
  windowUpdate,
} from "../frames.js";
import { image, okHeaders, type PeerStream } from "../peer.js";
import { answer, badLength, type Ending, lost, overlooked, type Scenario } from "../scenario.js";

const badStream = "internal broken no-answer" satisfies Ending;
const tooMuch = "resource_exhausted broken no-answer" satisfies Ending;

/** A correct response with these headers in addition. */
function extra(name: string, fields: readonly Field[], ending: Ending): Scenario {
  return answer(
    name,
    (stream) =>
      stream
        .longHeaders([...okHeaders, ...fields])
        .message()
        .trailers(),
    ending,
  );
}

/** A HEADERS frame with this block. */
function block(name: string, bytes: Uint8Array): Scenario {
  const send = (stream: PeerStream) => stream.send(frame(FRAME.headers, FLAG.endHeaders, stream.id, bytes));
  return answer(name, send, overlooked);
}

/** A header block that adds `a` with 3,900 bytes to the table of HPACK, and then names that entry again and again. */
const bomb = Buffer.concat([
  hpack(okHeaders),
  Buffer.from([0x40, 1, 0x61, 0x7f, 0xbd, 0x1d]),
  Buffer.alloc(3_900, "b"),
  Buffer.alloc(10_000, 0xbe),
]);

function bytes(sizeBytes: number): string {
  return "x".repeat(sizeBytes);
}

/** Header blocks that are too large, too many or broken. */
export const headerBlocks: readonly Scenario[] = [
  extra("a header of 30 KB", [["x-long", bytes(30_000)]], "ok"),
  extra("a header of 60 KB", [["x-long", bytes(60_000)]], "ok"),
  extra("a header of 70 KB", [["x-long", bytes(70_000)]], overlooked),
  extra("a header of 1 MiB", [["x-long", bytes(1 << 20)]], overlooked),
  extra(
    "2,000 headers",
    Array.from({ length: 2_000 }, (_, i) => [`x-${i}`, "y"] as const),
    tooMuch,
  ),
  answer(
    "a status message of 40 KB",
    (stream) =>
      stream.longHeaders([...okHeaders, ["grpc-status", "5"], ["grpc-message", bytes(40_000)]], FLAG.endStream),
    "not_found status answered",
  ),
  answer(
    "trailers of 70 KB",
    (stream) =>
      stream
        .headers()
        .message()
        .longHeaders(
          [
            ["grpc-status", "0"],
            ["x-long", bytes(70_000)],
          ],
          FLAG.endStream,
        ),
    overlooked,
  ),
  answer(
    "CONTINUATION without end",
    (stream) => {
      stream.send(frame(FRAME.headers, 0, stream.id, hpack(okHeaders)));
      for (let i = 0; i < 5_000; i += 1) stream.send(frame(FRAME.continuation, 0, stream.id, hpack([[`x-${i}`, "y"]])));
    },
    lost,
  ),
  answer(
    "another frame between HEADERS and CONTINUATION",
    (stream) => stream.send(frame(FRAME.headers, 0, stream.id, hpack(okHeaders)), data(stream.id, grpcMessage(image))),
    overlooked,
  ),
  block("an index that does not exist", Buffer.from([0xff, 0xff, 0x7f])),
  block("index 0", Buffer.from([0x80])),
  block("a header cut off", Buffer.from([0x00, 0x7f])),
  block("a length without end", Buffer.from([0x00, ...Array<number>(12).fill(0xff)])),
  block("a table larger than agreed", Buffer.from([0x3f, 0xff, 0xff, 0x7f])),
  block("broken Huffman code", Buffer.from([0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00])),
  extra("a name in capitals", [["X-Loud", "1"]], badStream),
  extra("an empty name", [["", "1"]], "ok"),
  extra("a name with a blank", [["x y", "1"]], "ok"),
  extra("a pseudo-header after the others", [[":late", "1"]], badStream),
  answer(
    "a pseudo-header in the trailers",
    (stream) =>
      stream
        .headers()
        .message()
        .trailers([
          [":status", "200"],
          ["grpc-status", "0"],
        ]),
    badStream,
  ),
  answer(
    "a header of 4 KB ten thousand times, by its index",
    (stream) =>
      stream
        .send(frame(FRAME.headers, FLAG.endHeaders, stream.id, bomb))
        .message()
        .trailers(),
    tooMuch,
  ),
  answer(
    "empty CONTINUATION frames without end",
    (stream) => {
      stream.send(frame(FRAME.headers, 0, stream.id, hpack(okHeaders)));
      stream.send(repeat(5_000, () => frame(FRAME.continuation, 0, stream.id)));
    },
    lost,
  ),
  extra("a request's pseudo-header", [[":path", "/"]], badStream),
  extra("connection: close", [["connection", "close"]], badStream),
  extra("a NUL in a value", [["x-nul", Buffer.from([0x61, 0, 0x62])]], "ok"),
  extra("a line break in a value", [["x-crlf", "a\r\nb: c"]], "ok"),
  extra("values that are not ASCII", [["x-latin", Buffer.from([0xe4, 0xff])]], "ok"),
  extra(
    "a header named __proto__",
    [
      ["__proto__", "1"],
      ["constructor", "2"],
      ["tostring", "3"],
    ],
    "ok",
  ),
  extra(
    "the same header a hundred times",
    Array.from({ length: 100 }, () => ["x-again", "y"] as const),
    "ok",
  ),
  extra("content-length of another length", [["content-length", "3"]], badLength),
];

/** Flow control and floods. */
export const floods: readonly Scenario[] = [
  answer("WINDOW_UPDATE of 0 for the stream", (stream) => stream.send(windowUpdate(stream.id, 0)), lost),
  answer("WINDOW_UPDATE of 0 for the connection", (stream) => stream.send(windowUpdate(0, 0)), lost),
  answer("WINDOW_UPDATE beyond the largest window", (stream) => stream.send(windowUpdate(0, 2 ** 31 - 1)), lost),
  answer(
    "WINDOW_UPDATE of three bytes",
    (stream) => stream.send(frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(3))),
    overlooked,
  ),
  answer("10,000 WINDOW_UPDATEs", (stream) => stream.send(repeat(10_000, () => windowUpdate(0, 1))).ok(), "ok"),
  answer(
    "10,000 PRIORITY frames",
    (stream) =>
      stream.send(repeat(10_000, () => frame(FRAME.priority, 0, stream.id, Buffer.from([0, 0, 0, 0, 1])))).ok(),
    "ok",
  ),
  answer("500 pings", (stream) => stream.send(repeat(500, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))).ok(), "ok"),
  answer("500 SETTINGS", (stream) => stream.send(repeat(500, () => frame(FRAME.settings, 0, 0))).ok(), "ok"),
  answer(
    "100 informational answers",
    (stream) => stream.send(repeat(100, () => headers(stream.id, [[":status", "103"]]))).ok(),
    "ok",
  ),
  answer(
    "101 informational answers",
    (stream) => stream.send(repeat(101, () => headers(stream.id, [[":status", "103"]]))).ok(),
    "resource_exhausted broken no-answer",
  ),
  answer(
    "101 informational answers, and none that is final",
    (stream) => stream.send(repeat(101, () => headers(stream.id, [[":status", "103"]]))),
    "resource_exhausted broken no-answer",
  ),
  answer(
    "frames of unknown types",
    (stream) => stream.send(repeat(1_000, (i) => frame(0x20 + (i % 200), 0xff, stream.id, Buffer.alloc(10)))).ok(),
    "ok",
  ),
  answer(
    "ALTSVC and ORIGIN",
    (stream) =>
      stream.send(frame(0xa, 0, 0, Buffer.from([0, 1, 97, 98])), frame(0xc, 0, 0, Buffer.from([0, 1, 97]))).ok(),
    "ok",
  ),
  // More than the window of the connection.
  answer(
    "5 MB of DATA after the end",
    (stream) => stream.ok().send(repeat(320, () => data(stream.id, Buffer.alloc(16_000)))),
    "ok",
  ),
  answer(
    "1,000 headers of other streams",
    (stream) => stream.send(repeat(1_000, (i) => longHeaders(stream.id + 101 + i * 2, okHeaders))),
    lost,
  ),
];

function repeat(count: number, make: (i: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
}
