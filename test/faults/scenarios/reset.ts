import { errorNames } from "../frames.js";
import type { PeerStream } from "../peer.js";
import { answer, type Ending, lost, refused, type Scenario } from "../scenario.js";

// The result of each HTTP/2 error code while the response is missing; the codes after the last are unassigned.
const byCode: readonly Ending[] = [
  /* NO_ERROR            */ lost,
  /* PROTOCOL_ERROR      */ "internal broken no-answer",
  /* INTERNAL_ERROR      */ "internal broken no-answer",
  /* FLOW_CONTROL_ERROR  */ "internal broken no-answer",
  /* SETTINGS_TIMEOUT    */ "internal broken no-answer",
  /* STREAM_CLOSED       */ "internal broken no-answer",
  /* FRAME_SIZE_ERROR    */ "internal broken no-answer",
  /* REFUSED_STREAM      */ refused,
  /* CANCEL              */ lost,
  /* COMPRESSION_ERROR   */ "internal broken no-answer",
  /* CONNECT_ERROR       */ "internal broken no-answer",
  /* ENHANCE_YOUR_CALM   */ "resource_exhausted broken no-answer",
  /* INADEQUATE_SECURITY */ "permission_denied broken no-answer",
  /* HTTP_1_1_REQUIRED   */ "internal broken no-answer",
  /* 14, unassigned      */ "internal broken no-answer",
];

const moments: readonly (readonly [when: string, before: (stream: PeerStream) => PeerStream])[] = [
  ["before the headers", (stream) => stream],
  ["after the headers", (stream) => stream.headers()],
  ["after the message", (stream) => stream.headers().message()],
];

export const resets: readonly Scenario[] = [
  ...moments.flatMap(([when, before]) =>
    byCode.map((ending, code) =>
      answer(
        `RST_STREAM ${errorNames[code] ?? code} ${when}`,
        (stream) => before(stream).reset(code),
        // A peer that has begun to respond has accepted the request, even if it then sends REFUSED_STREAM.
        ending === refused && when !== "before the headers" ? lost : ending,
      ),
    ),
  ),
  ...[0, 2, 7, 8].map((code) =>
    answer(`RST_STREAM ${errorNames[code]} after the trailers`, (stream) => stream.ok().reset(code), "ok"),
  ),
  answer("RST_STREAM of a stream that is not open", (stream) => stream.send(resetOther).ok(), lost),
];

const resetOther = Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, 99, 0, 0, 0, 8]);
