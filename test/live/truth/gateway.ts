import { once } from "node:events";
import {
  type ClientHttp2Stream,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { PassThrough, pipeline, type Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { KeyPair } from "../../support/daemon/certificates.js";
import type { Reply } from "./upstream.js";

/**
 * One request that has reached the gateway completely, and everything that a gateway can do with it, except passing it
 * on.
 */
export interface Exchange {
  readonly path: string;
  /** The request's own metadata, to be passed on. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Sends the daemon's response to the client. */
  answer(reply: Reply): void;
  /** Gives the client what comes of an answer that has no end, for as long as both want it; `through` may change it. */
  stream(answer: ClientHttp2Stream, through?: Transform): void;
  /** Gives the client a plain HTTP answer of the gateway's own. */
  answerHttp(status: number): void;
  /** Gives the client a gRPC status of the gateway's own. */
  answerStatus(code: number): void;
  /** Ends the stream without a response. */
  reset(): void;
}

type Handler = (exchange: Exchange) => Promise<void>;

/** An HTTP/2 server that asks `handler` what to do with each request; on a Unix socket or, with `tls`, a TCP port. */
export class Gateway {
  handler: Handler = async (exchange) => exchange.reset();
  readonly #servers: Http2Server[] = [];

  async listen(path: string): Promise<void> {
    const server = this.#serving(createServer());
    await once(server.listen(path), "listening");
  }

  /** Listens with TLS on a free port, and gives the port. */
  async listenTls(tls: KeyPair): Promise<number> {
    const server = this.#serving(createSecureServer(tls));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port; // a server that listens on TCP has such an address
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  #serving<S extends Http2Server>(server: S): S {
    server.on("session", (session) => session.on("error", () => {}));
    server.on("stream", (stream, headers) => void this.#serve(stream, headers));
    server.unref();
    this.#servers.push(server);
    return server;
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on("error", () => {});
    try {
      const body = await buffer(stream);
      if (isWhole(body)) await this.handler(exchangeOn(stream, headers, body));
    } catch {
      stream.close(2);
    }
  }
}

function isWhole(body: Buffer): boolean {
  return body.length >= 5 && body.length === 5 + body.readUInt32BE(1);
}

function exchangeOn(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): Exchange {
  const grpc = { ":status": 200, "content-type": "application/grpc" };
  const respond = (send: () => void) => {
    if (!stream.closed && !stream.destroyed && !stream.headersSent) send();
  };
  return {
    path: String(headers[":path"]),
    headers: passedOn(headers),
    body,
    answer: ({ body, code, headers, trailers }) =>
      respond(() => {
        const message = String(trailers["grpc-message"] ?? headers["grpc-message"] ?? "");
        const status = { "grpc-status": String(code), ...(message === "" ? {} : { "grpc-message": message }) };
        if (body.length === 0) return stream.respond({ ...grpc, ...status }, { endStream: true });
        stream.respond(grpc, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers(status)).end(body);
      }),
    stream: (answer, through = new PassThrough()) => {
      answer.once("response", () => respond(() => stream.respond(grpc)));
      answer.end(body);
      pipeline(answer, through, stream, () => {
        answer.close();
        if (!stream.headersSent) stream.close(2); // the daemon went before it answered, and so the end was not sent
      });
    },
    answerHttp: (status) =>
      respond(() => {
        stream.respond({ ":status": status, "content-type": "text/plain" });
        stream.end("gateway");
      }),
    answerStatus: (code) =>
      respond(() => stream.respond({ ...grpc, "grpc-status": String(code) }, { endStream: true })),
    reset: () => stream.close(2), // INTERNAL_ERROR
  };
}

// With the client's deadline, the daemon would give up a request that is passed on later.
const OWN_HEADERS = new Set(["grpc-timeout", "te", "content-type", "user-agent", "host", "connection"]);

function passedOn(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).filter(([key]) => !key.startsWith(":") && !OWN_HEADERS.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}
