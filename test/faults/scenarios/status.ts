import { type Field, FLAG, grpcMessage } from "../frames.js";
import { image, okHeaders } from "../peer.js";
import { answer, type Ending, lost, malformed, type Scenario } from "../scenario.js";

/** Trailers after a good message. */
function trailers(name: string, fields: readonly Field[], ending: Ending): Scenario {
  return answer(name, (stream) => stream.headers().message().trailers(fields), ending);
}

/** A response of headers only, as servers send errors. */
function error(name: string, fields: readonly Field[], ending: Ending): Scenario {
  return answer(name, (stream) => stream.headers([...okHeaders, ...fields], FLAG.endStream), ending);
}

const byCode: readonly Ending[] = [
  "canceled status answered",
  "unknown status answered",
  "invalid_argument status answered",
  "deadline_exceeded status answered",
  "not_found status answered",
  "already_exists status answered",
  "permission_denied status answered",
  "resource_exhausted status answered",
  "failed_precondition status answered",
  "aborted status answered",
  "out_of_range status answered",
  "unimplemented status answered",
  "internal status answered",
  "unavailable status answered",
  "data_loss status answered",
  "unauthenticated status answered",
];
const notFound = "not_found status answered" satisfies Ending;
const unknown = "unknown status answered" satisfies Ending;

export const statuses: readonly Scenario[] = [
  ...byCode.map((ending, i) =>
    error(
      `status ${i + 1}`,
      [
        ["grpc-status", `${i + 1}`],
        ["grpc-message", "no"],
      ],
      ending,
    ),
  ),
  trailers("status 5 after a message", [["grpc-status", "5"]], notFound),
  trailers("status 17", [["grpc-status", "17"]], unknown),
  trailers("status 99", [["grpc-status", "99"]], unknown),
  trailers("status 4294967296", [["grpc-status", "4294967296"]], unknown),
  ...["-1", "abc", "", "5junk", "00", "05", "1e1", "0x5", "5.0", "+5", "⑤"].map((status) =>
    trailers(`status ${JSON.stringify(status)}`, [["grpc-status", status]], malformed),
  ),
  trailers(
    "two statuses",
    [
      ["grpc-status", "5"],
      ["grpc-status", "0"],
    ],
    malformed,
  ),
  trailers("no status", [["grpc-message", "hello"]], lost),
  answer(
    "status 0 among the headers and 5 among the trailers",
    (stream) =>
      stream
        .headers([...okHeaders, ["grpc-status", "0"]])
        .message()
        .trailers([["grpc-status", "5"]]),
    notFound,
  ),
  error(
    "message with a broken escape",
    [
      ["grpc-status", "5"],
      ["grpc-message", "100% %zz %"],
    ],
    notFound,
  ),
  error(
    "message with escapes that are not UTF-8",
    [
      ["grpc-status", "5"],
      ["grpc-message", "%E4%F6%FC"],
    ],
    notFound,
  ),
  error(
    "message with bytes that are not ASCII",
    [
      ["grpc-status", "5"],
      ["grpc-message", Buffer.from([0xe4, 0xf6, 0xfc])],
    ],
    notFound,
  ),
  error(
    "message in UTF-8",
    [
      ["grpc-status", "5"],
      ["grpc-message", "kein Eintrag für „größer“"],
    ],
    notFound,
  ),
  error(
    "message of 40 KB",
    [
      ["grpc-status", "5"],
      ["grpc-message", "x".repeat(16_000)],
    ],
    notFound,
  ),
  error(
    "details that are not base64",
    [
      ["grpc-status", "5"],
      ["grpc-status-details-bin", "!!!"],
    ],
    notFound,
  ),
  error(
    "details that say something else",
    [
      ["grpc-status", "5"],
      ["grpc-status-details-bin", "CA0SBW90aGVy"],
    ],
    notFound,
  ),
  trailers(
    "details of success beside an error",
    [
      ["grpc-status", "5"],
      ["grpc-status-details-bin", "CAA"],
    ],
    notFound,
  ),
  trailers(
    "details of an error beside success",
    [
      ["grpc-status", "0"],
      ["grpc-status-details-bin", "CAUSBW90aGVy"],
    ],
    "ok",
  ),
  error(
    "push-back that is no number",
    [
      ["grpc-status", "14"],
      ["grpc-retry-pushback-ms", "soon"],
    ],
    "unavailable status answered",
  ),
];

/** Messages that are valid in gRPC but not in protobuf; `delete` has no fields that could be wrong. */
export const messages: readonly Scenario[] = [
  message("protobuf: a tag without its value", [0x0a]),
  message("protobuf: a length beyond the end", [0x0a, 0x7f, 0x00]),
  message("protobuf: an endless varint", Array<number>(12).fill(0xff)),
  message("protobuf: a wire type that does not exist", [0x0f, 0x00]),
  message("protobuf: field number 0", [0x02, 0x01, 0x00]),
];

/** Messages that break only what a record has to be. */
export const records: readonly Scenario[] = [
  message("record: an empty message", []),
  message("record: an image that is cut off", [...image.subarray(0, 2), 0x0a, 0x7f]),
];

function message(name: string, bytes: readonly number[]): Scenario {
  return answer(
    name,
    (stream) =>
      stream
        .headers()
        .data(grpcMessage(Buffer.from(bytes)))
        .trailers(),
    malformed,
  );
}
