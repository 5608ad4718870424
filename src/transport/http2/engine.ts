import { imageNameOf } from "../../codec/peek.js";
import { type Call, endedFailure } from "../../wire/call.js";
import { type Clock, systemClock } from "../../wire/clock.js";
import { WireFailure } from "../../wire/failure.js";
import type { Method } from "../../wire/method.js";
import type { Decoder, Engine, Wire } from "../../wire/wire.js";
import type { Endpoint } from "../endpoint.js";
import { isNobodyThere } from "./connect-failure.js";
import { Connections, type ConnectionsOptions } from "./connections.js";
import { type ExchangeOptions, exchange } from "./exchange.js";
import { requestHeaders } from "./request-headers.js";
import type { Session } from "./session.js";

const READ_MAX_BYTES = 64 << 20;
// The server may echo a name in an error, each byte as three.
const ECHO_SAFE_BYTES = 4 << 10;

export interface Http2EngineOptions {
  /**
   * How long a call waits while no connection can be made, in milliseconds, inside its deadline. The default is the
   * whole deadline for a daemon that this engine has reached before, and one second for one that it has not.
   */
  readonly waitForDaemonMs?: number | undefined;
  /** The largest answer that is read; 64 MiB. */
  readonly readMaxBytes?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** gRPC over node:http2: one shared connection, made on the first call and again when it is lost. */
export function createHttp2Engine(endpoint: Endpoint, options: Http2EngineOptions = {}): Http2Engine {
  return new Http2Engine(endpoint, options);
}

/** See {@link createHttp2Engine}. */
export class Http2Engine implements Engine {
  readonly #endpoint: Endpoint;
  readonly #connections: Connections;
  readonly #connecting: ConnectionsOptions;
  readonly #exchange: ExchangeOptions;
  readonly #isolated = new Set<Connections>();
  /** The Unix socket's file at the last connection of which it is known. */
  #file: string | undefined;
  #timesDown = 0;

  constructor(endpoint: Endpoint, options: Http2EngineOptions) {
    const { waitForDaemonMs, readMaxBytes = READ_MAX_BYTES, clock = systemClock, random = Math.random } = options;
    this.#endpoint = endpoint;
    const failed = (failure: WireFailure) => this.#dialFailed(failure);
    const connected = (file: string | undefined) => this.#connected(file);
    this.#connecting = { waitForDaemonMs, clock, random, failed, connected };
    this.#connections = new Connections(endpoint, this.#connecting);
    this.#exchange = {
      readMaxBytes,
      hints: { unimplemented: endpoint.kind === "unix" ? undefined : NO_IMAGES_ON_TCP },
    };
  }

  unary<T>(method: Method, request: Uint8Array, call: Call, decoder: Decoder<T>): Promise<T> {
    if (canWedge(method, request)) return this.#isolatedUnary(method, request, call, decoder);
    const session = this.#connections.current;
    const answer = session === undefined ? undefined : this.#on(session, method, request, call, decoder);
    return answer ?? this.#whenReady(this.#connections, method, request, call, decoder);
  }

  async pinned<T>(call: Call, use: (wire: Wire, connection: object) => Promise<T>): Promise<T> {
    const session = await this.#connections.ready(call);
    session.hold();
    try {
      return await use(this.#pinnedWire(session), session);
    } finally {
      session.release();
    }
  }

  /** The session for new streams; waits for one as a call does. */
  session(call: Call): Promise<Session> {
    return this.#connections.ready(call);
  }

  timesDown(): number {
    return this.#timesDown;
  }

  get sharesClock(): boolean {
    return this.#endpoint.kind === "unix";
  }

  destroy(): void {
    this.#connections.destroy();
    for (const connections of this.#isolated) connections.destroy();
  }

  // A port that refuses connections may be a proxy's, and then says nothing about the daemon behind it.
  #dialFailed(failure: WireFailure): void {
    if (this.#endpoint.kind === "unix" && isNobodyThere(failure)) this.#timesDown += 1;
  }

  // A daemon makes its socket's file anew when it starts, which it cannot while another one holds the same store.
  #connected(file: string | undefined): void {
    if (file === undefined) return;
    if (this.#file !== undefined && this.#file !== file) this.#timesDown += 1;
    this.#file = file;
  }

  // Undefined when the session cannot take the call.
  #on<T>(
    session: Session,
    method: Method,
    request: Uint8Array,
    call: Call,
    decoder: Decoder<T>,
  ): Promise<T> | undefined {
    const { ending } = call;
    if (ending !== undefined) return Promise.reject(endedFailure(ending, "never-sent"));
    try {
      const stream = session.request(requestHeaders(method, call));
      return stream && exchange(stream, session, request, call, decoder, this.#exchange);
    } catch (error) {
      return Promise.reject(unsendable(error));
    }
  }

  async #whenReady<T>(
    connections: Connections,
    method: Method,
    request: Uint8Array,
    call: Call,
    decoder: Decoder<T>,
  ): Promise<T> {
    for (;;) {
      const session = await connections.ready(call);
      const answer = this.#on(session, method, request, call, decoder);
      if (answer !== undefined) return await answer;
    }
  }

  async #isolatedUnary<T>(method: Method, request: Uint8Array, call: Call, decoder: Decoder<T>): Promise<T> {
    const own = new Connections(this.#endpoint, this.#connecting, this.#connections.reached);
    if (this.#connections.destroyed) own.destroy();
    this.#isolated.add(own);
    try {
      return await this.#whenReady(own, method, request, call, decoder);
    } finally {
      this.#isolated.delete(own);
      own.destroy();
    }
  }

  #pinnedWire(session: Session): Wire {
    return {
      unary: (method, request, call, decoder) => {
        const answer = this.#on(session, method, request, call, decoder) ?? Promise.reject(connectionGone());
        if (canWedge(method, request)) session.retire();
        return answer;
      },
    };
  }
}

const NO_IMAGES_ON_TCP =
  "containerd's own TCP port serves CRI only: use its Unix socket, or a proxy that passes on the Images service";

/**
 * Whether an error may echo so much of the request that Node's HTTP/2 cannot read it and the session hangs. Only names
 * are echoed, and the size of the request bounds its name. A large create mostly has a short name and many labels, so
 * there the name itself is looked at.
 */
function canWedge(method: Method, request: Uint8Array): boolean {
  if (request.length <= ECHO_SAFE_BYTES) return false;
  return method.name !== "create" || Buffer.byteLength(imageNameOf(method, request) ?? "") > ECHO_SAFE_BYTES;
}

function connectionGone(): WireFailure {
  return new WireFailure("the connection is gone", { code: "unavailable", kind: "broken", evidence: "never-sent" });
}

function unsendable(error: unknown): WireFailure {
  return new WireFailure(`the request cannot be sent: ${error instanceof Error ? error.message : String(error)}`, {
    code: "invalid_argument",
    kind: "misconfigured",
    evidence: "never-sent",
    cause: error,
  });
}
