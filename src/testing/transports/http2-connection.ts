import { constants, type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { Disconnect, Status, statusTrailers } from "../status.js";
import { quote } from "../store/go-format.js";
import type { Connections } from "./connections.js";
import type { Dispatch, IncomingCall } from "./dispatch.js";
import { type Encoding, frame, MAX_MESSAGE_BYTES } from "./framing.js";
import { malformedTimeout } from "./timeout-header.js";

const SESSION_OPTIONS = {
  strictFieldWhitespaceValidation: false, // the service rejects white space around a value, as containerd does
  maxSessionMemory: 1_000, // MB; the default of 10 breaks a connection that carries messages of 16 MiB
  maxSendHeaderBlockLength: 2 * MAX_MESSAGE_BYTES, // a status message may repeat what the request said
};

/** A server in Go sends no date. Node knows the option, but its types do not. */
const NO_DATE = { sendDate: false };

/** What containerd takes for gRPC; gRPC-Web is not. */
const GRPC_CONTENT_TYPE = /^application\/grpc(?:[+;]|$)/;

/**
 * Serves gRPC on an accepted socket.
 *
 * It uses node:http2, because clients can see differences between a daemon and Connect's own server: an error is one
 * header block, a repeated header counts once, and a connection can break in the middle of a call.
 */
export function serveConnection(socket: Duplex, dispatch: Dispatch, connections: Connections): void {
  const breakOff = () => socket.destroy();
  const forget = connections.add(breakOff);
  socket.on("close", forget).on("error", breakOff);
  const session = performServerHandshake(socket, SESSION_OPTIONS);
  session.on("error", breakOff);
  session.on(
    "stream",
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
      const end = (scope: Disconnect["scope"]) => {
        if (scope === "call") stream.close(constants.NGHTTP2_CANCEL);
        else if (scope === "connection") breakOff();
        else connections.breakAll();
      };
      void serveCall(stream, headers, rawHeaders, dispatch).catch((error: unknown) => {
        if (error instanceof Disconnect) end(error.scope);
        else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      });
    },
  );
}

/** Responds to one call. The connection handles a {@link Disconnect}. */
async function serveCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  dispatch: Dispatch,
): Promise<void> {
  stream.on("error", () => {}); // the caller has closed the stream, so there is nothing to report to it
  const gone = new AbortController();
  const call = incomingCall(stream, rawHeaders, gone.signal);
  const refused = refusal(headers, call);
  if (refused !== undefined) {
    refuse(stream, ...refused);
    return;
  }
  const { "content-type": contentType = "", "grpc-encoding": encoding } = headers;
  const response = new ResponseStream(stream, contentType, encoding === "gzip" ? "gzip" : "identity");
  const abort = () => gone.abort();
  stream.on("close", abort);
  try {
    for await (const message of dispatch(call)) response.send(message);
    response.end();
  } catch (error) {
    if (!(error instanceof Status)) throw error;
    response.end(error);
  } finally {
    stream.off("close", abort); // to abort takes longer than all else that a stream does when it closes
    stream.resume();
  }
}

// As from 1.7 on; 1.6 breaks the stream.
function refuse(stream: ServerHttp2Stream, httpStatus: number, status: Status): void {
  const headers = { ":status": httpStatus, "content-type": "application/grpc", ...statusTrailers(status) };
  stream.respond(headers, { endStream: true, ...NO_DATE });
}

/** Why a server does not process a call with these headers; `undefined` if it does. */
function refusal(headers: IncomingHttpHeaders, { header }: IncomingCall): [httpStatus: number, Status] | undefined {
  const contentType = headers["content-type"] ?? "";
  if (!GRPC_CONTENT_TYPE.test(contentType)) {
    const message = `invalid gRPC request content-type ${quote(contentType)}`;
    return [constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE, new Status("invalid_argument", message)];
  }
  const malformed = malformedTimeout(header("grpc-timeout"));
  return malformed && [constants.HTTP_STATUS_BAD_REQUEST, malformed];
}

function incomingCall(stream: ServerHttp2Stream, rawHeaders: readonly string[], signal: AbortSignal): IncomingCall {
  const header = (name: string) => {
    const index = rawHeaders.findIndex((text, i) => i % 2 === 0 && text === name);
    return index < 0 ? undefined : rawHeaders[index + 1];
  };
  return { path: header(":path") ?? "", header, body: bodyOf(stream), signal };
}

// The rest of a request is not needed, but has to be read from the connection.
async function* bodyOf(stream: ServerHttp2Stream): AsyncGenerator<Uint8Array> {
  try {
    yield* stream.iterator({ destroyOnReturn: false });
  } finally {
    stream.resume();
  }
}

/**
 * The response to a call: headers with the first message and trailers at the end, or without a message, both in one
 * block.
 */
class ResponseStream {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: Readonly<Record<string, string | number>>;
  readonly #encoding: Encoding;

  constructor(stream: ServerHttp2Stream, contentType: string, encoding: Encoding) {
    this.#stream = stream;
    this.#headers = { ":status": constants.HTTP_STATUS_OK, "content-type": contentType };
    this.#encoding = encoding;
  }

  send(message: Uint8Array): void {
    if (this.#stream.closed) return;
    const framed = frame(message, this.#encoding);
    this.#open();
    this.#stream.write(framed);
  }

  end(status?: Status): void {
    if (this.#stream.closed) return;
    const trailers = statusTrailers(status);
    if (listSize({ ...this.#headers, ...trailers }) > maxListSize(this.#stream)) {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    if (status !== undefined && !this.#stream.headersSent) {
      this.#stream.respond({ ...this.#headers, ...trailers }, { endStream: true, ...NO_DATE });
      return;
    }
    this.#open();
    this.#stream.once("wantTrailers", () => this.#stream.sendTrailers(trailers)).end();
  }

  #open(): void {
    if (this.#stream.headersSent) return;
    const encoding = this.#encoding === "gzip" ? { "grpc-encoding": "gzip" } : {};
    this.#stream.respond({ ...this.#headers, ...encoding }, { waitForTrailers: true, ...NO_DATE });
  }
}

// The size that SETTINGS_MAX_HEADER_LIST_SIZE limits. Like containerd, it sends headers of any size to a peer without a
// limit.
function listSize(headers: Readonly<Record<string, string | number>>): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 32, 0);
}

function maxListSize({ session }: ServerHttp2Stream): number {
  return session?.remoteSettings?.maxHeaderListSize ?? Number.POSITIVE_INFINITY;
}
