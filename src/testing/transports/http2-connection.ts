import { constants, type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { Disconnect, Status, statusTrailers } from "../status.js";
import type { Connections } from "./connections.js";
import type { Dispatch, IncomingCall } from "./dispatch.js";
import { type Encoding, frame, maxMessageBytes } from "./framing.js";

const sessionOptions = {
  strictFieldWhitespaceValidation: false, // containerd sees the white space around a header's value, and refuses it
  maxSessionMemory: 1_000, // MB; the default of 10 breaks a connection that carries messages of 16 MiB
  maxSendHeaderBlockLength: 2 * maxMessageBytes, // a status message may repeat what the request said
};

/**
 * Serves gRPC on an accepted socket.
 *
 * Written on node:http2, since a daemon's answers differ from those of connect's own server in what clients can see:
 * an error is one header block, a repeated header counts once, and a connection can break in the middle of a call.
 */
export function serveConnection(socket: Duplex, dispatch: Dispatch, connections: Connections): void {
  const breakOff = () => socket.destroy();
  const forget = connections.add(breakOff);
  socket.on("close", forget).on("error", breakOff);
  const session = performServerHandshake(socket, sessionOptions);
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

/** Answers one call; a {@link Disconnect} is left to the connection. */
async function serveCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  dispatch: Dispatch,
): Promise<void> {
  stream.on("error", () => {}); // the caller has gone; there is nobody to tell
  const contentType = headers["content-type"] ?? "";
  if (!contentType.startsWith("application/grpc")) {
    stream.respond({ ":status": constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE }, { endStream: true });
    return;
  }
  const answer = new Answer(stream, contentType, headers["grpc-encoding"] === "gzip" ? "gzip" : "identity");
  try {
    for await (const message of dispatch(incomingCall(stream, rawHeaders))) answer.send(message);
    answer.end();
  } catch (error) {
    if (!(error instanceof Status)) throw error;
    answer.end(error);
  } finally {
    stream.resume();
  }
}

function incomingCall(stream: ServerHttp2Stream, rawHeaders: readonly string[]): IncomingCall {
  const gone = new AbortController();
  stream.on("close", () => gone.abort());
  const header = (name: string) => {
    const index = rawHeaders.findIndex((text, i) => i % 2 === 0 && text === name);
    return index < 0 ? undefined : rawHeaders[index + 1];
  };
  return { path: header(":path") ?? "", header, body: bodyOf(stream), signal: gone.signal };
}

// What is left of a request is of no interest, but has to be taken from the connection.
async function* bodyOf(stream: ServerHttp2Stream): AsyncGenerator<Uint8Array> {
  try {
    yield* stream.iterator({ destroyOnReturn: false });
  } finally {
    stream.resume();
  }
}

/** The answer to a call: headers with the first message, trailers at the end, or both in one where there is none. */
class Answer {
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
    this.#open();
    this.#stream.write(frame(message, this.#encoding));
  }

  end(status?: Status): void {
    if (this.#stream.closed) return;
    const trailers = statusTrailers(status);
    if (listSize({ ...this.#headers, ...trailers }) > maxListSize(this.#stream)) {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    if (status !== undefined && !this.#stream.headersSent) {
      this.#stream.respond({ ...this.#headers, ...trailers }, { endStream: true });
      return;
    }
    this.#open();
    this.#stream.once("wantTrailers", () => this.#stream.sendTrailers(trailers)).end();
  }

  #open(): void {
    if (this.#stream.headersSent) return;
    const encoding = this.#encoding === "gzip" ? { "grpc-encoding": "gzip" } : {};
    this.#stream.respond({ ...this.#headers, ...encoding }, { waitForTrailers: true });
  }
}

// What SETTINGS_MAX_HEADER_LIST_SIZE limits; a peer that says no limit gets whatever there is, as from containerd.
function listSize(headers: Readonly<Record<string, string | number>>): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 32, 0);
}

function maxListSize({ session }: ServerHttp2Stream): number {
  return session?.remoteSettings?.maxHeaderListSize ?? Number.POSITIVE_INFINITY;
}
