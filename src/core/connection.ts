import type { Transport } from "@connectrpc/connect";
import type { Destination } from "../schema/options.js";
import { clockReader } from "../interceptors/retry/clock-reader.js";
import { legacyServer } from "../interceptors/legacy-server.js";
import { versionGate } from "../interceptors/version-gate.js";
import { requestGuard } from "../interceptors/request-guard.js";
import { missingLease } from "../interceptors/missing-lease.js";
import { concurrencyLimit } from "../interceptors/limit.js";
import { retries } from "../interceptors/retry/retry.js";
import { traceCalls, traceAttempts } from "../interceptors/tracing/tracing.js";
import type { Endpoint } from "../transport/endpoint.js";
import { describe } from "../transport/http2/connect-failure.js";
import { createHttp2Channel } from "../transport/http2/channel.js";
import { outsideCalls } from "../transport/http2/outside-calls.js";
import { lazyChannel } from "../transport/lazy-channel.js";
import type { EventStreams } from "../rpc/event-streams.js";
import type { Channel, Invoker } from "../rpc/invoker.js";

const MAX_CONCURRENCY = 64;

/** What a client and all that derive from it share: one engine, and the stages every call goes through. */
export interface Connection {
  /** Where the calls go, as people write it; `undefined` for a transport of the caller's. */
  readonly address: string | undefined;
  readonly invoker: Invoker;
  /** Streams of events beside the calls; loaded for programs that watch. */
  readonly eventStreams: () => Promise<EventStreams>;
  /** How often the daemon was seen to be gone. */
  readonly outageCount: () => number;
  readonly destroy: () => void;
}

export interface ConnectionOptions {
  readonly maxConcurrency?: number | undefined;
  readonly waitForDaemonMs?: number | undefined;
}

/** Puts the stages together, outermost first. Nothing is opened before the first call. */
export function connect(destination: Destination, options: ConnectionOptions): Connection {
  const { engine: unlimited, eventStreams } =
    "endpoint" in destination ? ownEngine(destination.endpoint, options) : engineOver(destination.transport);
  const engine = concurrencyLimit(unlimited, options.maxConcurrency ?? MAX_CONCURRENCY);
  const readClock = clockReader(eventStreams);
  const attempts = retries(traceAttempts(versionGate(engine)), engine, { readClock });
  const wire = traceCalls(requestGuard(legacyServer(missingLease(attempts))));
  const address = "endpoint" in destination ? describe(destination.endpoint) : undefined;
  const timesDown = () => engine.outageCount();
  return { address, invoker: wire, eventStreams, outageCount: timesDown, destroy: () => engine.destroy() };
}

/** An engine, and where streams come from beside it. */
interface Ends extends Pick<Connection, "eventStreams"> {
  readonly engine: Channel;
}

function ownEngine(endpoint: Endpoint, { waitForDaemonMs }: ConnectionOptions): Ends {
  const engine = createHttp2Channel(endpoint, { waitForDaemonMs });
  return {
    engine,
    eventStreams: async () => {
      const { eventStreams } = await outsideCalls(() => import("../transport/http2/event-streams.js"));
      return eventStreams(engine);
    },
  };
}

function engineOver(transport: Transport): Ends {
  // Connect and the generated code are loaded only for programs that bring a transport.
  const engine = lazyChannel(async () => {
    const { fromTransport } = await import("../transport/from-transport.js");
    return fromTransport(transport);
  });
  return {
    engine,
    eventStreams: async () => {
      const { eventsOverTransport } = await outsideCalls(() => import("../transport/events-over-transport.js"));
      return eventsOverTransport(transport);
    },
  };
}
