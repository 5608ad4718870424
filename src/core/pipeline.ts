import { legacyServer } from "../interceptors/legacy-server.js";
import { concurrencyLimit } from "../interceptors/limit.js";
import { missingLease } from "../interceptors/missing-lease.js";
import { requestGuard } from "../interceptors/request-guard.js";
import { clockReader } from "../interceptors/retry/clock-reader.js";
import { retries } from "../interceptors/retry/retry.js";
import { traceAttempts, traceCalls } from "../interceptors/tracing/tracing.js";
import { versionGate } from "../interceptors/version-gate.js";
import type { EventStreams } from "../rpc/event-streams.js";
import type { Channel, Interceptor } from "../rpc/invoker.js";
import type { Clock } from "../util/clock.js";

interface PipelineOptions {
  readonly maxConcurrency: number;
  readonly eventStreams: () => Promise<EventStreams>;
  readonly clock: Clock;
}

/** All that a request goes through on its way to a channel, outermost first. Their order has these reasons: */
function interceptors({ maxConcurrency, eventStreams, clock }: PipelineOptions): readonly Interceptor[] {
  return [
    traceCalls, // shows an RPC as its caller sees it, with all its attempts
    requestGuard, // nothing after it has to fear a request that would crash containerd
    legacyServer, // the Get that it sends before an update is retried, and so is the update
    missingLease, // looks at errors that are final, after all retries
    retries({ readClock: clockReader(eventStreams), clock }), // what is inside is one request, what is outside is one call
    traceAttempts, // shows each request
    versionGate, // each attempt may reach another server, so the version is that of the connection it goes to
    concurrencyLimit(maxConcurrency), // a call that waits for its next attempt takes no place from others
  ];
}

/** A channel with every rule of the library around it. */
export function pipeline(channel: Channel, options: PipelineOptions): Channel {
  return interceptors(options).reduceRight((next, intercept) => intercept(next), channel);
}
