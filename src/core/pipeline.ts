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
  /** See `Connection.address`; traces show it. */
  readonly address: string | undefined;
  readonly maxConcurrency: number;
  readonly eventStreams: () => Promise<EventStreams>;
  readonly clock: Clock;
}

/** The interceptors that a request passes on its way to a channel, outermost first, and the reason for each place. */
function interceptors({ address, maxConcurrency, eventStreams, clock }: PipelineOptions): readonly Interceptor[] {
  return [
    traceCalls(address), // outermost: a call trace covers all attempts, and shows the error that the caller gets
    requestGuard, // before everything that sends: no request that would crash containerd gets past it
    legacyServer, // before retries: the Get that it sends before an update is retried too
    missingLease, // before retries: it only handles errors that remain after all of them
    retries({ readClock: clockReader(eventStreams), clock }), // above this line, one call; below it, one request
    traceAttempts, // after retries: an attempt trace covers one request
    versionGate, // after retries: each attempt may reach another server, so it checks the version of that connection
    concurrencyLimit(maxConcurrency), // after retries: a call in its back-off takes no place from other calls
  ];
}

/** A channel with all interceptors around it. */
export function pipeline(channel: Channel, options: PipelineOptions): Channel {
  return interceptors(options).reduceRight((next, intercept) => intercept(next), channel);
}
