import { errorNames, FRAME, frame } from "../frames.js";
import { afterAnswer, answer, lost, overlooked, refused, type Scenario } from "../scenario.js";

const ALL = 2 ** 31 - 1;
const NO_ERROR = 0;
const ENHANCE_YOUR_CALM = 11;
const errors = errorNames.map((name, code) => [name, code] as const).filter(([, code]) => code !== NO_ERROR);

export const goAways: readonly Scenario[] = [
  answer("GOAWAY, then the answer", (stream) => stream.goAway(stream.id, NO_ERROR).ok(), "ok"),
  answer(
    "graceful GOAWAY in two steps",
    (stream) => stream.goAway(ALL, NO_ERROR).goAway(stream.id, NO_ERROR).ok(),
    "ok",
  ),
  answer("GOAWAY below the request", (stream) => stream.goAway(0, NO_ERROR), refused),
  answer("GOAWAY below the request, then close", (stream) => stream.goAway(0, NO_ERROR).end(), refused),
  answer("GOAWAY below the request, after its headers", (stream) => stream.headers().goAway(0, NO_ERROR), lost),
  answer("GOAWAY, then close", (stream) => stream.goAway(stream.id, NO_ERROR).end(), lost),
  answer("GOAWAY for all streams, then close", (stream) => stream.goAway(ALL, NO_ERROR).end(), lost),
  answer("GOAWAY after the headers, then close", (stream) => stream.headers().goAway(stream.id, NO_ERROR).end(), lost),
  answer(
    "GOAWAY after the message, then close",
    (stream) => stream.headers().message().goAway(stream.id, NO_ERROR).end(),
    lost,
  ),
  answer(
    "GOAWAY between message and trailers",
    (stream) => stream.headers().message().goAway(stream.id, NO_ERROR).trailers(),
    "ok",
  ),
  answer(
    "GOAWAY too_many_pings",
    (stream) => stream.goAway(stream.id, ENHANCE_YOUR_CALM, "too_many_pings"),
    "resource_exhausted broken no-answer",
  ),
  ...errors.map(([name, code]) =>
    answer(
      `GOAWAY ${name}`,
      (stream) => stream.goAway(stream.id, code),
      code === ENHANCE_YOUR_CALM ? "resource_exhausted broken no-answer" : lost,
    ),
  ),
  ...errors.map(([name, code]) =>
    answer(
      `GOAWAY ${name} below the request`,
      (stream) => stream.goAway(0, code),
      code === ENHANCE_YOUR_CALM ? "resource_exhausted broken refused" : refused,
    ),
  ),
  answer(
    "GOAWAY whose last stream id grows",
    (stream) => stream.goAway(0, NO_ERROR).goAway(stream.id, NO_ERROR),
    refused,
  ),
  answer("GOAWAY with a stream id of the server's", (stream) => stream.goAway(stream.id + 1, NO_ERROR).ok(), lost),
  answer("GOAWAY with a higher stream id than any", (stream) => stream.goAway(stream.id + 100, NO_ERROR).ok(), "ok"),
  answer("GOAWAY that is too short", (stream) => stream.send(frame(FRAME.goAway, 0, 0, Buffer.alloc(4))), overlooked),
  answer("GOAWAY on a stream", (stream) => stream.send(frame(FRAME.goAway, 0, stream.id, Buffer.alloc(8))), lost),
  answer(
    "GOAWAY with 16 KB of debug data",
    (stream) => stream.goAway(stream.id, NO_ERROR, "x".repeat(16_000)).ok(),
    "ok",
  ),
  ...[NO_ERROR, 2, ENHANCE_YOUR_CALM].map((code) =>
    afterAnswer(
      `GOAWAY ${errorNames[code]} on the idle connection`,
      (stream) => stream.goAway(stream.id, code),
      code === ENHANCE_YOUR_CALM ? "resource_exhausted broken refused" : refused,
    ),
  ),
  afterAnswer("GOAWAY and close of the idle connection", (stream) => stream.goAway(stream.id, NO_ERROR).end(), refused),
  afterAnswer("close of the idle connection", (stream) => stream.end(), lost),
  afterAnswer("protocol error on the idle connection", (stream) => stream.send(frame(FRAME.data, 0, 0)), refused),
];
