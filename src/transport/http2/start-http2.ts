import type { ClientHttp2Session, Settings } from "node:http2";
import { IS_BUN } from "../../util/is-bun.js";
import { http2 } from "../../util/node-modules.js";
import { type Endpoint, originOf } from "../endpoint.js";
import type { ByteStream } from "../open/byte-stream.js";

// With the default window of 64 KiB, a large List would wait for a round trip after every 64 KiB.
const STREAM_WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 4 << 20;
// Bun's `setLocalWindowSize` also changes when it sends WINDOW_UPDATE frames for a stream: only after more bytes than
// the peer may send. A response over 1 MiB would never end. See https://github.com/oven-sh/bun/pull/40180.
const CAN_RAISE_CONNECTION_WINDOW = !IS_BUN;

const SETTINGS: Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW_BYTES,
  // Node's HTTP/2 cannot read headers over 64 KiB. A gRPC server that knows the limit resets only the one stream.
  maxHeaderListSize: 60 << 10,
};

/** Starts HTTP/2 on an open stream. */
export function startHttp2(endpoint: Endpoint, stream: ByteStream): ClientHttp2Session {
  const session = http2().connect(originOf(endpoint), {
    createConnection: () => stream,
    settings: SETTINGS,
    // With Node's default of 10 MB, a session breaks permanently under normal loads.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });
  session.once("connect", () => {
    if (CAN_RAISE_CONNECTION_WINDOW && !session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  });
  return session;
}
