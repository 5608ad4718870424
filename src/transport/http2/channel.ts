import type { Call } from "../../rpc/call.js";
import { canceledFailure } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Channel, Invoker, ServerChange } from "../../rpc/invoker.js";
import { OutdatedRequest } from "../../rpc/outdated-request.js";
import type { Request } from "../../rpc/request.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { type Clock, systemClock } from "../../util/clock.js";
import { messageOf } from "../../util/message-of.js";
import { http2 } from "../../util/node-modules.js";
import type { Endpoint } from "../endpoint.js";
import { ConnectionPool, type ConnectionPoolOptions } from "./connection-pool.js";
import { compareProcesses, DaemonProcesses } from "./daemon-process.js";
import { EventSlots } from "./event-slots.js";
import { exchange } from "./exchange.js";
import { needsOwnSession } from "./own-session.js";
import { requestHeaders } from "./request-headers.js";
import { Session } from "./session.js";

export interface Http2ChannelOptions {
  /**
   * How long a call waits while no connection can be made, in milliseconds, within its deadline. By default it waits
   * until its deadline if this channel has reached the daemon before, and one second if it has not.
   */
  readonly waitForDaemonMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** gRPC over node:http2, with one shared connection. It is made on the first call, and again when it is lost. */
export class Http2Channel implements Channel {
  readonly clock: Clock;
  /** The connections for streams of events. */
  readonly eventSlots: EventSlots;
  readonly #endpoint: Endpoint;
  readonly #pool: ConnectionPool;
  readonly #poolOptions: ConnectionPoolOptions;
  /** Pools of requests that need a session of their own, one for each such request. */
  readonly #ownPools = new Set<ConnectionPool>();
  readonly #processes: DaemonProcesses;

  constructor(endpoint: Endpoint, options: Http2ChannelOptions = {}) {
    const { waitForDaemonMs, clock = systemClock, random = Math.random } = options;
    http2(); // so that the first call need not wait until it is loaded
    this.clock = clock;
    this.#endpoint = endpoint;
    this.#poolOptions = { waitForDaemonMs, clock, random };
    this.#pool = new ConnectionPool(endpoint, this.#poolOptions);
    this.#processes = new DaemonProcesses((session) => this.invokerOn(session), clock);
    this.eventSlots = new EventSlots(this.#pool, () => this.#furtherPool());
  }

  unary<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
    if (needsOwnSession(request)) return this.#unaryOnOwnSession(request, call, decoder);
    const session = this.#pool.current;
    const response = session === undefined ? undefined : this.#send(session, request, call, decoder);
    return response ?? this.#sendWhenReady(this.#pool, request, call, decoder);
  }

  async pinned<T>(call: Call, use: (invoker: Invoker, connection: object) => Promise<T>): Promise<T> {
    const session = await this.#pool.ready(call.deadline);
    session.hold();
    try {
      return await use(this.invokerOn(session), session.reachesOneDaemon ? session : {});
    } finally {
      session.release();
    }
  }

  /** An invoker that sends all requests on this session. */
  invokerOn(session: Session): Invoker {
    return {
      unary: (request, call, decoder) => {
        const response = this.#send(session, request, call, decoder) ?? Promise.reject(connectionGoneFailure());
        if (needsOwnSession(request)) session.retire();
        return response;
      },
    };
  }

  outageCount(): number {
    return this.#pool.outageCount;
  }

  async serverChangeSince(connection: object | undefined, { deadline }: Call): Promise<ServerChange> {
    if (!(connection instanceof Session)) return "unknown";
    // Behind a port or a function that dials, there may be another daemon after each connect.
    const unproven = connection.reachesOneDaemon ? "unknown" : "other-server";
    const { daemon } = connection;
    if (daemon === undefined) return unproven;
    const session = await this.#pool.ready(deadline);
    try {
      const before = await deadline.within(daemon);
      const after = this.#processes.at(session);
      return compareProcesses(before, await deadline.within(after));
    } catch {
      return unproven; // one of them did not say, or the call has ended
    }
  }

  destroy(): void {
    this.#pool.destroy();
    this.eventSlots.destroy();
    for (const pool of this.#ownPools) pool.destroy();
  }

  // Returns undefined if the session cannot take the call.
  #send<T>(session: Session, request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> | undefined {
    const timeLeftMs = call.deadline.timeLeftMs();
    const cancellation = call.deadline.cancellationWith(timeLeftMs);
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, "never-sent"));
    if (request.isFresh?.() === false) return Promise.reject(new OutdatedRequest());
    try {
      const stream = session.request(requestHeaders(request.method, call.headers, timeLeftMs));
      const response = stream && exchange(stream, session, request.bytes, call, decoder);
      if (response !== undefined && session.daemon === undefined && mayBeReadBack(request, call))
        this.#processes.learn(session, request, response);
      return response;
    } catch (error) {
      return Promise.reject(unsendableFailure(error));
    }
  }

  async #sendWhenReady<T>(pool: ConnectionPool, request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
    for (;;) {
      const session = await pool.ready(call.deadline);
      const response = this.#send(session, request, call, decoder);
      if (response !== undefined) return await response;
    }
  }

  async #unaryOnOwnSession<T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
    await this.#pool.ready(call.deadline); // so that all calls wait for a daemon that is away with the same attempts
    const pool = this.#furtherPool();
    this.#ownPools.add(pool);
    try {
      return await this.#sendWhenReady(pool, request, call, decoder);
    } finally {
      // Not before the process at the other end has said which it is: the connection cannot be asked again.
      void Promise.resolve(pool.current?.daemon)
        .catch(ignore)
        .then(() => {
          this.#ownPools.delete(pool);
          pool.destroy();
        });
    }
  }

  // If the channel is destroyed, the new pool is destroyed too.
  #furtherPool(): ConnectionPool {
    const pool = new ConnectionPool(this.#endpoint, this.#poolOptions, this.#pool.wasReached);
    if (this.#pool.destroyed) pool.destroy();
    return pool;
  }
}

function mayBeReadBack({ kind }: Request, { retry }: Call): boolean {
  return retry.maxAttempts > 1 && kind !== "read";
}

function ignore(): void {}

function connectionGoneFailure(): RpcFailure {
  return new RpcFailure("the connection is gone", { code: "unavailable", kind: "broken", evidence: "never-sent" });
}

function unsendableFailure(error: unknown): RpcFailure {
  return new RpcFailure(`the request cannot be sent: ${messageOf(error)}`, {
    code: "invalid_argument",
    kind: "misconfigured",
    evidence: "never-sent",
    cause: error,
  });
}
