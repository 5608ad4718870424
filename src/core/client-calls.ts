import type { ImagesError } from "../errors.js";
import { atCaller, keepFailure } from "../interceptors/error-of-call.js";
import { callError, causeOf, codeOf, unsentError } from "../interceptors/to-images-error.js";
import type { CallOptions } from "../options.js";
import { type AttemptCount, Call, type CallDetails } from "../rpc/call.js";
import type { Cancellation } from "../rpc/deadline.js";
import type { EventStreams } from "../rpc/event-streams.js";
import { RpcFailure } from "../rpc/failure.js";
import type { Invoker } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import type { Clock } from "../util/clock.js";
import { started } from "../util/started.js";
import { type ClientSettings, defaultTimeoutMs, isLong, metadataOf, retryPolicy } from "./client-settings.js";
import type { Connection } from "./connection.js";
import { InFlightCalls } from "./in-flight-calls.js";

/** Call options, and the internal ones in addition. */
export type SendOptions = CallOptions & Pick<CallDetails, "onMetadata" | "attempts">;

/** Makes the calls of one client: applies its settings, keeps track of calls in flight, and sends them. */
export class ClientCalls {
  readonly settings: ClientSettings;
  readonly #connection: Connection;
  readonly #inFlight: InFlightCalls;
  /** The metadata of every request of this client. */
  readonly #metadata: Readonly<Record<string, string>>;

  constructor(connection: Connection, settings: ClientSettings, inFlight = new InFlightCalls(connection.clock)) {
    this.#connection = connection;
    this.settings = settings;
    this.#inFlight = inFlight;
    this.#metadata = metadataOf(settings);
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
    return new ClientCalls(this.#connection, { ...this.settings, ...changes }, this.#inFlight.derive());
  }

  /** Sends one request, with a deadline of its own, for the method that the user called. */
  send<T>(method: string, request: Request, options: SendOptions, decoder: ResponseDecoder<T>): Promise<T> {
    const details = this.#details(method, options, isLong(request), request.method.name);
    return this.#run(details, request, (invoker, call) => invoker.unary(request, call, decoder));
  }

  /**
   * Runs `use` inside one call about an image: its requests, one after the other, share one deadline and signal.
   * `hasLong`: one of them may take the server long.
   */
  withCall<T>(
    method: string,
    imageName: string,
    options: SendOptions & { hasLong?: boolean },
    use: UseCall<T>,
  ): Promise<T> {
    return this.#run(this.#details(method, options, options.hasLong), { imageName }, use);
  }

  #details(method: string, options: SendOptions, hasLong?: boolean, rpc?: CallDetails["rpc"]): CallDetails {
    return {
      method,
      rpc,
      headers: options.headers === undefined ? this.#metadata : { ...options.headers, ...this.#metadata },
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs(this.settings, hasLong),
      signal: options.signal,
      retry: retryPolicy(options.retry, this.settings.retry),
      attempts: options.attempts,
      onMetadata: options.onMetadata,
    };
  }

  #run<T>(details: CallDetails, about: Pick<Request, "imageName">, use: UseCall<T>): Promise<T> {
    if (this.#inFlight.isClosed)
      return Promise.reject(closedError(details.method, this.settings.namespace, about.imageName));
    const call = new Call(details, this.#connection.clock);
    this.#inFlight.add(call);
    return this.#ending(
      call,
      started(() => use(this.#connection.channel, call)),
    );
  }

  // A method of its own: a closure keeps everything in memory that any closure of the same function uses.
  #ending<T>(call: Call, response: Promise<T>): Promise<T> {
    return response.then(
      (value) => {
        this.#end(call);
        return value;
      },
      (error: unknown) => {
        this.#end(call);
        throw atCaller(error);
      },
    );
  }

  #end(call: Call): void {
    this.#inFlight.remove(call);
    call.deadline.release();
  }

  /** The streams of events of the same daemon, for the method that the user called. */
  eventStreams(method: string): Promise<EventStreams> {
    return this.loaded(method, this.#connection.eventStreams);
  }

  /** Loads a part of this package that `method` needs. */
  async loaded<T>(method: string, part: () => Promise<T>): Promise<T> {
    try {
      return await part();
    } catch (thrown) {
      throw thrown instanceof RpcFailure ? errorOf(thrown, method, this.settings.namespace) : thrown;
    }
  }

  /** The error of a method that makes several calls, when it is canceled between them. */
  canceledError(method: string, { code, message, cause }: Cancellation, attempts: AttemptCount): ImagesError {
    const { namespace } = this.settings;
    const outcome = "not-applied";
    return callError(message, { code, method, namespace, attempts: attempts.total, outcome, cause });
  }

  /** See {@link Channel.outageCount}. */
  outageCount(): number {
    return this.#connection.channel.outageCount();
  }

  /** Runs `listener` when this client or the owner of its connection begins to close. The result unsubscribes it. */
  onClose(listener: () => void): () => void {
    return this.#inFlight.onClose(listener);
  }

  /**
   * Ends the calls of this client. If it owns the connection, this ends the calls of all clients on it, and the
   * connection.
   */
  async close(graceMs: number): Promise<void> {
    await this.#inFlight.close(graceMs);
    if (this.#inFlight.areOfOwner) this.#connection.channel.destroy();
  }
}

type UseCall<T> = (invoker: Invoker, call: Call) => Promise<T>;

function errorOf(failure: RpcFailure, method: string, namespace: string): ImagesError {
  const { message, hint } = failure;
  const details = { code: codeOf(failure), method, namespace, hint, cause: causeOf(failure) };
  return keepFailure(unsentError(message, details), failure);
}

function closedError(method: string, namespace: string, imageName: string | undefined): ImagesError {
  const hint = "make a new client, or close this one later";
  return unsentError("the client is closed", { code: "failed_precondition", method, namespace, imageName, hint });
}
