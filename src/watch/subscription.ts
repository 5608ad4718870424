import { type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { Events } from "../../gen/containerd/services/events/v1/events_pb.js";
import { Version } from "../../gen/containerd/services/version/v1/version_pb.js";
import { fieldsOf } from "../codec/scan.js";
import { type ErrorCode, ImagesError } from "../errors.js";
import { codeName } from "../transport/code.js";
import type { Clock } from "../wire/clock.js";
import { pause } from "./pause.js";
import type { Subscribe } from "./watch-source.js";

/** After a silence of this length the server is asked something cheap: it may be frozen. */
const SILENCE_MS = 30_000;
const ANSWER_MS = 5_000;

export interface SubscriptionOptions {
  readonly namespace: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** Subscribes over `transport` to the image events of one namespace. */
export function subscriber(transport: Transport, options: SubscriptionOptions): Subscribe {
  return (changed, signal) => new Subscription(transport, options, changed, signal).run();
}

/**
 * One stream of events.
 *
 * A connection that has died without a word is found by a small call on it, never by an HTTP/2 PING: containerd ends
 * connections that send those.
 */
class Subscription {
  readonly #transport: Transport;
  readonly #options: SubscriptionOptions;
  readonly #changed: (name: string) => void;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  #isHeard = false;

  constructor(
    transport: Transport,
    options: SubscriptionOptions,
    changed: (name: string) => void,
    signal: AbortSignal,
  ) {
    this.#transport = transport;
    this.#options = options;
    this.#changed = changed;
    this.#signal = signal;
  }

  async run(): Promise<never> {
    const end = () => this.#over.abort();
    this.#signal.addEventListener("abort", end);
    try {
      // Watching over the stream also ends it where a transport is deaf to its signal.
      return await Promise.race([this.#drain(), this.#watchOver()]);
    } catch (error) {
      throw subscriptionError(error, this.#options.namespace);
    } finally {
      this.#signal.removeEventListener("abort", end);
      this.#over.abort();
    }
  }

  // The server queues without bound what is not taken from it.
  async #drain(): Promise<never> {
    const filters = [`namespace==${JSON.stringify(this.#options.namespace)},topic~="^/images/"`];
    for await (const { event } of this.#client(Events).subscribe({ filters }, this.#callOptions())) {
      this.#isHeard = true;
      // The events of create, update and delete all have the name in their first field.
      const name = fieldsOf(event?.value ?? new Uint8Array(), 1)
        .at(-1)
        ?.toString();
      if (name) this.#changed(name);
    }
    throw new Error("the server ended the stream");
  }

  async #watchOver(): Promise<never> {
    for (;;) {
      this.#isHeard = false;
      await pause(this.#options.clock, SILENCE_MS, this.#over.signal);
      if (!this.#isHeard) await Promise.race([this.#answer(), this.#noAnswer()]);
    }
  }

  async #answer(): Promise<void> {
    try {
      await this.#client(Version).version({}, this.#callOptions());
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  async #noAnswer(): Promise<never> {
    await pause(this.#options.clock, ANSWER_MS, this.#over.signal);
    throw new Error(`the server was silent, and did not answer within ${ANSWER_MS} ms`);
  }

  #client<S extends typeof Events | typeof Version>(service: S): Client<S> {
    return createClient(service, this.#transport);
  }

  #callOptions() {
    return { headers: this.#options.headers, signal: this.#over.signal };
  }
}

const refusals: ReadonlySet<ErrorCode> = new Set(["unimplemented", "permission_denied", "unauthenticated"]);

// What a server says that does not offer the service, or not to everybody. Other codes are also made up for dead streams.
function isRefusal(error: unknown): boolean {
  return refusals.has(codeName(ConnectError.from(error).code));
}

function subscriptionError(cause: unknown, namespace: string): ImagesError {
  const { code, rawMessage } = ConnectError.from(cause);
  return new ImagesError(`subscribe in namespace ${JSON.stringify(namespace)}: ${rawMessage}`, {
    code: isRefusal(cause) ? codeName(code) : "unavailable",
    method: "subscribe",
    namespace,
    attempts: 1,
    outcome: "not-applied",
    cause,
  });
}
