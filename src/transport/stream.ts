import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { Code, ConnectError, type StreamResponse, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransportOptions } from "@connectrpc/connect-node";
import { Call } from "../wire/call.js";
import { WireFailure } from "../wire/failure.js";
import { defaultRetryPolicy } from "../wire/retry-policy.js";
import { codeNumber } from "./code.js";
import type { Http2Engine } from "./http2/engine.js";
import type { Session } from "./http2/session.js";

type SessionManager = NonNullable<GrpcTransportOptions["sessionManager"]>;

const AUTHORITY = "http://localhost";
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A Connect transport over the engine's connections, for streams of events and for the small calls that show whether
 * such a stream is still alive: while a stream is open, the calls go on its connection.
 *
 * connect-node speaks gRPC; the connections, and what to do when they break, stay the engine's. Leaving the messages of
 * a stream early (`break`) resets it at once; an aborted stream that nobody reads harms nobody. Load this module with
 * `import()`, since it brings all of Connect along.
 */
export function createStreamTransport(engine: Http2Engine): Transport {
  const shared = new SharedSession(engine);
  return {
    unary: (method, signal, timeoutMs, header, input, contextValues) => {
      const exchange = new Exchange(shared, signal);
      return exchange.transport.unary(method, exchange.signal, timeoutMs, header, input, contextValues);
    },
    stream: (method, signal, timeoutMs, header, input, contextValues) => {
      const exchange = new Exchange(shared, signal);
      const response = exchange.transport
        .stream(method, exchange.signal, timeoutMs, header, input, contextValues)
        .then((opened) => ({ ...opened, message: exchange.released(opened.message) }) satisfies StreamResponse);
      // Who opens a stream and never looks at it must not be surprised by an unhandled rejection.
      response.catch(() => {});
      return response;
    },
  };
}

/** The session that all open streams of a transport are on. */
class SharedSession {
  readonly #engine: Http2Engine;
  #session: Session | undefined;
  #streams = 0;

  constructor(engine: Http2Engine) {
    this.#engine = engine;
  }

  async open(headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<ClientHttp2Stream> {
    for (;;) {
      const session = await this.#next(signal);
      const stream = session.request(headers);
      if (stream !== undefined) return this.#hold(session, stream);
      if (this.#session === session) throw new ConnectError("the connection of the stream is gone", Code.Unavailable);
    }
  }

  async #next(signal: AbortSignal): Promise<Session> {
    if (this.#session !== undefined) return this.#session;
    const call = new Call({ headers: {}, timeoutMs: CONNECT_TIMEOUT_MS, signal, retry: defaultRetryPolicy });
    try {
      return await this.#engine.session(call);
    } finally {
      call.release();
    }
  }

  #hold(session: Session, stream: ClientHttp2Stream): ClientHttp2Stream {
    this.#session = session;
    this.#streams += 1;
    session.hold();
    stream.once("close", () => {
      session.release();
      this.#streams -= 1;
      if (this.#streams === 0) this.#session = undefined;
    });
    return stream;
  }
}

/** One request through connect-node, with a signal of its own that ends it for certain. */
class Exchange {
  readonly transport: Transport;
  readonly #shared: SharedSession;
  readonly #over = new AbortController();

  constructor(shared: SharedSession, signal: AbortSignal | undefined) {
    this.#shared = shared;
    this.#follow(signal);
    this.transport = createGrpcTransport({
      baseUrl: AUTHORITY,
      sessionManager: this.#sessionManager(),
      acceptCompression: [],
    });
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** The same messages; leaving them early ends the stream. */
  async *released<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* messages;
    } finally {
      this.#over.abort();
    }
  }

  #follow(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = () => this.#over.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { signal: this.#over.signal });
  }

  #sessionManager(): SessionManager {
    return {
      authority: AUTHORITY,
      request: (method, path, headers) => this.#request({ ...headers, ":method": method, ":path": path }),
      notifyResponseByteRead: () => {},
    };
  }

  async #request(headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    try {
      const stream = await this.#shared.open(headers, this.#over.signal);
      // connect-node waits for ever for a stream that is reset without an error, and for trailers that never come.
      stream.once("close", () => setImmediate(() => this.#over.abort(streamEnded())));
      return stream;
    } catch (error) {
      throw error instanceof WireFailure ? new ConnectError(error.message, codeNumber(error.code)) : error;
    }
  }
}

function streamEnded(): ConnectError {
  return new ConnectError("the stream ended without a status", Code.Unavailable);
}
