import type { Transport } from "@connectrpc/connect";
import type { Destination } from "../schema/options.js";
import { clockReader } from "../interceptors/retry/clock-reader.js";
import { firstGenerationAware } from "../interceptors/legacy-server.js";
import { gated } from "../interceptors/version-gate.js";
import { guarded } from "../interceptors/request-guard.js";
import { leaseAware } from "../interceptors/missing-lease.js";
import { limited } from "../interceptors/limit.js";
import { retrying } from "../interceptors/retry/retry.js";
import { traced, tracedAttempts } from "../interceptors/tracing/tracing.js";
import type { Endpoint } from "../transport/endpoint.js";
import { describe } from "../transport/http2/connect-failure.js";
import { createHttp2Engine } from "../transport/http2/channel.js";
import { outsideCalls } from "../transport/http2/outside-calls.js";
import { lazyEngine } from "../transport/lazy-channel.js";
import type { EventStreams } from "../rpc/event-streams.js";
import type { Engine, Wire } from "../rpc/invoker.js";

const MAX_CONCURRENCY = 64;

/** What a client and all that derive from it share: one engine, and the stages every call goes through. */
export interface Connection {
  /** Where the calls go, as people write it; `undefined` for a transport of the caller's. */
  readonly address: string | undefined;
  readonly wire: Wire;
  /** Streams of events beside the calls; loaded for programs that watch. */
  readonly eventStreams: () => Promise<EventStreams>;
  /** How often the daemon was seen to be gone. */
  readonly timesDown: () => number;
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
  const engine = limited(unlimited, options.maxConcurrency ?? MAX_CONCURRENCY);
  const readClock = clockReader(eventStreams);
  const attempts = retrying(tracedAttempts(gated(engine)), engine, { readClock });
  const wire = traced(guarded(firstGenerationAware(leaseAware(attempts))));
  const address = "endpoint" in destination ? describe(destination.endpoint) : undefined;
  const timesDown = () => engine.timesDown();
  return { address, wire, eventStreams, timesDown, destroy: () => engine.destroy() };
}

/** An engine, and where streams come from beside it. */
interface Ends extends Pick<Connection, "eventStreams"> {
  readonly engine: Engine;
}

function ownEngine(endpoint: Endpoint, { waitForDaemonMs }: ConnectionOptions): Ends {
  const engine = createHttp2Engine(endpoint, { waitForDaemonMs });
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
  const engine = lazyEngine(async () => {
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
