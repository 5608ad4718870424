import type { ImagesError } from "../errors.js";
import { atCaller, callError } from "../interceptors/to-images-error.js";
import type { CallOptions } from "../options.js";
import { Call, type CallDetails } from "../rpc/call.js";
import type { EventStreams } from "../rpc/event-streams.js";
import type { Invoker } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import { CallSite } from "../util/call-site.js";
import type { Clock } from "../util/clock.js";
import { type ClientSettings, defaultTimeoutMs, metadataOf, retryPolicy } from "./client-settings.js";
import type { Connection } from "./connection.js";
import { InFlightCalls } from "./in-flight-calls.js";

/** Call options, and the internal ones in addition. */
export type SendOptions = CallOptions & Pick<CallDetails, "onMetadata" | "attempts">;

/** Makes the calls of one client: applies its settings, keeps track of calls in flight, and sends them. */
export class ClientCalls {
  readonly settings: ClientSettings;
  readonly #connection: Connection;
  /** Calls of this client. */
  readonly #own: InFlightCalls;
  /** Calls of every client on the connection. For the owner of the connection it is the same object as `#own`. */
  readonly #all: InFlightCalls;
  readonly #isOwner: boolean;

  constructor(connection: Connection, scope: ClientSettings, owner?: InFlightCalls) {
    this.#connection = connection;
    this.settings = scope;
    this.#isOwner = owner === undefined;
    this.#own = new InFlightCalls(connection.clock);
    this.#all = owner ?? this.#own;
  }

  /** The clock of all deadlines. */
  get clock(): Clock {
    return this.#connection.clock;
  }

  /** The address of the daemon; `dialed` for the option `dial`, `undefined` for the option `transport`. */
  get address(): string | undefined {
    return this.#connection.address;
  }

  /** The calls of a derived client: on the same connection, with other settings. */
  derive(changes: Partial<ClientSettings>): ClientCalls {
    return new ClientCalls(this.#connection, { ...this.settings, ...changes }, this.#all);
  }

  /** Sends one request, with a deadline of its own, for the method that the user called. */
  send<T>(method: string, request: Request, options: SendOptions, decoder: ResponseDecoder<T>): Promise<T> {
    const timeoutMs = defaultTimeoutMs(this.settings, request);
    const details = this.#details(method, options, timeoutMs, request.method.name);
    return this.#run(details, (invoker, call) => invoker.unary(request, call, decoder));
  }

  /** Runs `use` inside one call: its requests, one after the other, share one deadline and signal. */
  withCall<T>(method: string, options: SendOptions, timeoutMs: number, use: UseCall<T>): Promise<T> {
    return this.#run(this.#details(method, options, timeoutMs), use);
  }

  #details(method: string, options: SendOptions, timeoutMs: number, rpc?: CallDetails["rpc"]): CallDetails {
    return {
      method,
      rpc,
      headers: { ...options.headers, ...metadataOf(this.settings) },
      timeoutMs: options.timeoutMs ?? timeoutMs,
      signal: options.signal,
      retry: retryPolicy(options.retry, this.settings.retry),
      attempts: options.attempts,
      onMetadata: options.onMetadata,
    };
  }

  async #run<T>(details: CallDetails, use: UseCall<T>): Promise<T> {
    if (this.#own.isClosed || this.#all.isClosed) throw closedError(details.method, this.settings.namespace);
    const call = new Call(details, this.#connection.clock);
    this.#own.add(call);
    this.#all.add(call);
    try {
      return await use(this.#connection.invoker, call);
    } catch (error) {
      throw atCaller(error);
    } finally {
      call.deadline.release();
      this.#own.remove(call);
      this.#all.remove(call);
    }
  }

  /** The streams of events of the same daemon. */
  eventStreams(): Promise<EventStreams> {
    return this.#connection.eventStreams();
  }

  /** See {@link Channel.outageCount}. */
  outageCount(): number {
    return this.#connection.outageCount();
  }

  /** Runs `listener` when this client or the owner of its connection begins to close. The result unsubscribes it. */
  onClose(listener: () => void): () => void {
    const forget = [this.#own.onClose(listener), this.#all.onClose(listener)];
    return () => {
      for (const each of forget) each();
    };
  }

  /**
   * Ends the calls of this client. If it owns the connection, this ends the calls of all clients on it, and the
   * connection.
   */
  async close(graceMs: number): Promise<void> {
    await this.#own.close(graceMs);
    if (this.#isOwner) this.#connection.destroy();
  }
}

type UseCall<T> = (invoker: Invoker, call: Call) => Promise<T>;

function closedError(method: string, namespace: string): ImagesError {
  const error = callError("the client is closed", {
    code: "failed_precondition",
    method,
    namespace,
    attempts: 0,
    outcome: "not-applied",
    hint: "make a new client, or close this one later",
  });
  return new CallSite().mark(error);
}
