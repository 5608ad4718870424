import { requestOf } from "../../codec/request.js";
import { serverResponse } from "../../codec/responses.js";
import { Call } from "../../rpc/call.js";
import { canceledFailure } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Channel, Invoker, ServerChange } from "../../rpc/invoker.js";
import { SERVER } from "../../rpc/method.js";
import type { Request } from "../../rpc/request.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { defaultRetryPolicy } from "../../rpc/retry-policy.js";
import { type Clock, systemClock } from "../../util/clock.js";
import type { Endpoint } from "../endpoint.js";
import { ConnectionPool, type ConnectionPoolOptions } from "./connection-pool.js";
import { answerer, type DaemonProcess } from "./daemon-process.js";
import { EventPlaces } from "./event-places.js";
import { type ExchangeOptions, exchange } from "./exchange.js";
import { outsideCalls } from "./outside-calls.js";
import { requestHeaders } from "./request-headers.js";
import { Session } from "./session.js";

const READ_MAX_BYTES = 64 << 20;
const IDENTIFY_TIMEOUT_MS = 1_000;
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
export function createHttp2Channel(endpoint: Endpoint, options: Http2EngineOptions = {}): Http2Engine {
  return new Http2Engine(endpoint, options);
}

/** See {@link createHttp2Channel}. */
export class Http2Engine implements Channel {
  /** Where streams of events go. */
  readonly eventPlaces: EventPlaces;
  readonly #endpoint: Endpoint;
  readonly #connections: ConnectionPool;
  readonly #connecting: ConnectionPoolOptions;
  readonly #exchange: ExchangeOptions;
  readonly #isolated = new Set<ConnectionPool>();

  constructor(endpoint: Endpoint, options: Http2EngineOptions) {
    const { waitForDaemonMs, readMaxBytes = READ_MAX_BYTES, clock = systemClock, random = Math.random } = options;
    this.#endpoint = endpoint;
    this.#connecting = { waitForDaemonMs, clock, random };
    this.#connections = new ConnectionPool(endpoint, this.#connecting);
    this.eventPlaces = new EventPlaces(this.#connections, () => this.#furtherConnections());
    this.#exchange = {
      readMaxBytes,
      hints: { unimplemented: endpoint.kind === "unix" ? undefined : NO_IMAGES_ON_TCP },
    };
  }

  unary<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
    if (canWedge(request)) return this.#isolatedUnary(request, call, decoder);
    const session = this.#connections.current;
    const answer = session === undefined ? undefined : this.#on(session, request, call, decoder);
    return answer ?? this.#whenReady(this.#connections, request, call, decoder);
  }

  async pinned<T>(call: Call, use: (wire: Invoker, connection: object) => Promise<T>): Promise<T> {
    const session = await this.#connections.ready(call.deadline);
    session.hold();
    try {
      return await use(this.wireOn(session), session);
    } finally {
      session.release();
    }
  }

  /** A wire that stays on this session. */
  wireOn(session: Session): Invoker {
    return {
      unary: (request, call, decoder) => {
        const answer = this.#on(session, request, call, decoder) ?? Promise.reject(connectionGone());
        if (canWedge(request)) session.retire();
        return answer;
      },
    };
  }

  outageCount(): number {
    return this.#connections.outageCount;
  }

  async serverChangeSince(connection: object | undefined, call: Call): Promise<ServerChange> {
    const before = connection instanceof Session ? await connection.daemon : undefined;
    if (before === undefined) return "unknown";
    const session = await this.#connections.ready(call.deadline).catch(() => undefined);
    const after = session === undefined ? undefined : await this.#daemonOf(session, call.deadline.timeLeftMs());
    return after === undefined ? "unknown" : answerer(before, after);
  }

  destroy(): void {
    this.#connections.destroy();
    this.eventPlaces.destroy();
    for (const connections of this.#isolated) connections.destroy();
  }

  // Asked once for each connection. Its answer is worth nothing after the connection is lost, so it is asked early.
  #daemonOf(session: Session, timeLeftMs: number): Promise<DaemonProcess | undefined> {
    session.daemon ??= outsideCalls(() => this.#askDaemon(session, Math.min(timeLeftMs, IDENTIFY_TIMEOUT_MS)));
    return session.daemon;
  }

  async #askDaemon(session: Session, timeoutMs: number): Promise<DaemonProcess | undefined> {
    const { clock } = this.#connecting;
    const call = new Call(
      { method: SERVER.name, headers: {}, timeoutMs, signal: undefined, retry: defaultRetryPolicy },
      clock,
    );
    try {
      return await this.#on(session, requestOf(SERVER), call, serverResponse);
    } catch (error) {
      if (error instanceof RpcFailure) return undefined;
      throw error;
    } finally {
      call.deadline.release();
    }
  }

  // Undefined when the session cannot take the call.
  #on<T>(session: Session, request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> | undefined {
    const { cancellation } = call.deadline;
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, "never-sent"));
    try {
      const stream = session.request(requestHeaders(request.method, call));
      const answer = stream && exchange(stream, session, request.bytes, call, decoder, this.#exchange);
      if (answer !== undefined && session.daemon === undefined && mayBeReadBack(request, call))
        answer.then(() => this.#daemonOf(session, IDENTIFY_TIMEOUT_MS), ignore);
      return answer;
    } catch (error) {
      return Promise.reject(unsendable(error));
    }
  }

  async #whenReady<T>(
    connections: ConnectionPool,
    request: Request,
    call: Call,
    decoder: ResponseDecoder<T>,
  ): Promise<T> {
    for (;;) {
      const session = await connections.ready(call.deadline);
      const answer = this.#on(session, request, call, decoder);
      if (answer !== undefined) return await answer;
    }
  }

  #furtherConnections(): ConnectionPool {
    return new ConnectionPool(this.#endpoint, this.#connecting, this.#connections.reached);
  }

  async #isolatedUnary<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
    const own = this.#furtherConnections();
    if (this.#connections.destroyed) own.destroy();
    this.#isolated.add(own);
    try {
      return await this.#whenReady(own, request, call, decoder);
    } finally {
      this.#isolated.delete(own);
      own.destroy();
    }
  }
}

// Who writes once writes again, and only a write needs to know whether the daemon that took it is gone.
function mayBeReadBack({ kind }: Request, { retry }: Call): boolean {
  return retry.maxAttempts > 1 && kind !== "read";
}

function ignore(): void {}

const NO_IMAGES_ON_TCP =
  "containerd's own TCP port serves CRI only: use its Unix socket, or a proxy that passes on the Images service";

/**
 * Whether an error may echo so much of the request that Node's HTTP/2 cannot read it and the session hangs. Only names
 * are echoed, and the size of the request bounds its name. A large create mostly has a short name and many labels, so
 * there the name itself is looked at.
 */
function canWedge({ bytes, method, imageName = "" }: Request): boolean {
  if (bytes.length <= ECHO_SAFE_BYTES) return false;
  return method.name !== "create" || Buffer.byteLength(imageName) > ECHO_SAFE_BYTES;
}

function connectionGone(): RpcFailure {
  return new RpcFailure("the connection is gone", { code: "unavailable", kind: "broken", evidence: "never-sent" });
}

function unsendable(error: unknown): RpcFailure {
  return new RpcFailure(`the request cannot be sent: ${error instanceof Error ? error.message : String(error)}`, {
    code: "invalid_argument",
    kind: "misconfigured",
    evidence: "never-sent",
    cause: error,
  });
}
