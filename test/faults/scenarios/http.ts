import { type Field, FLAG, grpcMessage } from "../frames.js";
import { image, okHeaders } from "../peer.js";
import { answer, type Ending, malformed, type Scenario } from "../scenario.js";

const compressed = grpcMessage(image, image.length, 1);
const grpcType: Field = ["content-type", "application/grpc"];

/** A response of plain HTTP, as a proxy sends it. */
function http(status: string, ending: Ending): Scenario {
  const fields: readonly Field[] = [
    [":status", status],
    ["content-type", "text/html"],
  ];
  return answer(
    `HTTP ${status}`,
    (stream) => stream.headers(fields).data(Buffer.from("<html>"), FLAG.endStream),
    ending,
  );
}

function contentType(type: string | undefined, ending: Ending): Scenario {
  const fields: readonly Field[] = [
    [":status", "200"],
    ...(type === undefined ? [] : [["content-type", type] as const]),
  ];
  return answer(`content type ${type}`, (stream) => stream.headers(fields).message().trailers(), ending);
}

/** A correct response with one more header. */
function withHeader(name: string, field: Field, message: Uint8Array, ending: Ending): Scenario {
  return answer(
    name,
    (stream) =>
      stream
        .headers([...okHeaders, field])
        .data(message)
        .trailers(),
    ending,
  );
}

const noStatus = "internal broken no-answer" satisfies Ending;

/** Responses of proxies and of other servers over HTTP/2. */
export const httpAnswers: readonly Scenario[] = [
  answer("HTTP 204", (stream) => stream.headers([[":status", "204"]], FLAG.endStream), "unknown status answered"),
  http("301", "unknown status answered"),
  http("400", "internal misconfigured answered"),
  http("401", "unauthenticated misconfigured answered"),
  http("403", "permission_denied misconfigured answered"),
  http("404", "unimplemented misconfigured answered"),
  http("408", "unknown status answered"),
  http("413", "unknown misconfigured answered"),
  http("415", "unknown misconfigured answered"),
  http("421", "unknown misconfigured answered"),
  http("429", "unavailable status answered"),
  http("500", "unknown status answered"),
  http("502", "unavailable status answered"),
  http("503", "unavailable status answered"),
  http("504", "unavailable status answered"),
  http("999", "unknown status answered"),
  http("abc", noStatus),
  http("20", noStatus),
  answer("no HTTP status", (stream) => stream.headers([grpcType]).message().trailers(), noStatus),
  answer(
    "HTTP 200 twice",
    (stream) =>
      stream
        .headers([[":status", "200"], [":status", "200"], grpcType])
        .message()
        .trailers(),
    noStatus,
  ),
  answer(
    "HTTP 502 without a body",
    (stream) => stream.headers([[":status", "502"]], FLAG.endStream),
    "unavailable status answered",
  ),
  answer(
    "HTTP 502 whose body never ends",
    (stream) => stream.headers([[":status", "502"]]),
    "unavailable status answered",
  ),
  answer(
    "HTTP 503 with a gRPC status",
    (stream) => stream.headers([[":status", "503"], grpcType, ["grpc-status", "5"]], FLAG.endStream),
    "not_found status answered",
  ),
  answer("HTTP 100 before the answer", (stream) => stream.headers([[":status", "100"]]).ok(), "ok"),
  answer(
    "HTTP 103 before the answer",
    (stream) =>
      stream
        .headers([
          [":status", "103"],
          ["link", "<a>"],
        ])
        .ok(),
    "ok",
  ),
  answer("HTTP 101 before the answer", (stream) => stream.headers([[":status", "101"]]).ok(), noStatus),
  answer("HTTP 103 that ends the stream", (stream) => stream.headers([[":status", "103"]], FLAG.endStream), noStatus),
  contentType("text/html", malformed),
  contentType("application/json", malformed),
  contentType("application/grpc-web", malformed),
  contentType("application/grpc-web+proto", malformed),
  contentType("application/grpcx", malformed),
  contentType("", malformed),
  contentType(undefined, malformed),
  contentType("application/grpc+proto", "ok"),
  contentType("application/grpc;charset=utf-8", "ok"),
  answer(
    "a gRPC status with another content type",
    (stream) =>
      stream.headers(
        [
          [":status", "200"],
          ["content-type", "text/plain"],
          ["grpc-status", "5"],
        ],
        FLAG.endStream,
      ),
    "not_found status answered",
  ),
  withHeader("grpc-encoding gzip, message plain", ["grpc-encoding", "gzip"], grpcMessage(image), "ok"),
  withHeader("grpc-encoding gzip, message compressed", ["grpc-encoding", "gzip"], compressed, malformed),
  withHeader("grpc-encoding identity, message compressed", ["grpc-encoding", "identity"], compressed, malformed),
  withHeader("grpc-encoding unknown, message compressed", ["grpc-encoding", "snappy"], compressed, malformed),
];
