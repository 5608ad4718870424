import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as connectSocket } from "node:net";
import { buffer } from "node:stream/consumers";
import { frame } from "../../support/raw-cases/call.js";
import type { DaemonClock } from "./daemon-clock.js";

/** A whole answer of the daemon. */
export interface Reply {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
  /** The gRPC status. */
  readonly code: number;
}

/** Calls the daemon directly, with Node's HTTP/2 and nothing of the library; connects again after a restart. */
export class Upstream {
  readonly #socketPath: string;
  readonly #clock: DaemonClock | undefined;
  #session: ClientHttp2Session | undefined;

  /** All times that the daemon tells are those of the clock, if there is one. */
  constructor(socketPath: string, clock?: DaemonClock) {
    this.#socketPath = socketPath;
    this.#clock = clock;
  }

  /** Sends one request, length prefix included; rejects when the connection breaks. */
  async call(path: string, headers: OutgoingHttpHeaders, body: Buffer): Promise<Reply> {
    const stream = this.open(path, headers);
    let received: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on("response", (given) => (received = given)).on("trailers", (given) => (trailers = given));
    stream.end(body);
    const answer = await buffer(stream);
    const status = trailers["grpc-status"] ?? received["grpc-status"];
    if (status === undefined) throw new Error("the daemon gave no status");
    return { headers: received, body: this.#shown(path, answer), trailers, code: Number(status) };
  }

  /** Begins a request, for an answer that has no end. */
  open(path: string, headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const post = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
    return this.#connected().request({ ...post, ...headers });
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #shown(path: string, answer: Buffer): Buffer {
    return this.#clock === undefined || answer.length < 5 ? answer : frame(this.#clock.move(path, answer.subarray(5)));
  }

  #connected(): ClientHttp2Session {
    const open = this.#session;
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const session = connect("http://localhost", { createConnection: () => connectSocket(this.#socketPath) });
    session.on("error", () => {}); // its streams tell
    this.#session = session;
    return session;
  }
}
