import type { Transport } from "@connectrpc/connect";
import { MAX_CONCURRENCY } from "../defaults.js";
import { logAttempts } from "../interceptors/tracing/debug-log.js";
import type { EventStreams } from "../rpc/event-streams.js";
import type { Channel } from "../rpc/invoker.js";
import { latePart } from "../rpc/late-part.js";
import type { Destination } from "../schema/client-options.js";
import { DIALED, type Endpoint, formatEndpoint } from "../transport/endpoint.js";
import { Http2Channel } from "../transport/http2/channel.js";
import { lazyChannel } from "../transport/lazy-channel.js";
import { type Clock, systemClock } from "../util/clock.js";
import { pipeline } from "./pipeline.js";

/** What a client shares with all clients that are derived from it. */
export interface Connection {
  /** The address of the daemon; {@link DIALED} if the caller dials, `undefined` for a transport of the caller. */
  readonly address: string | undefined;
  /** With all interceptors around it. */
  readonly channel: Channel;
  /** The clock of all deadlines, back-offs and grace periods. */
  readonly clock: Clock;
  /** Streams of events of the same daemon. Their code is loaded only for programs that watch. */
  readonly eventStreams: () => Promise<EventStreams>;
}

interface ConnectionOptions {
  readonly maxConcurrency?: number | undefined;
  readonly waitForDaemonMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Makes the connection of a client. Nothing is opened before the first call. */
export function connect(destination: Destination, options: ConnectionOptions): Connection {
  const { channel, eventStreams } =
    "endpoint" in destination ? ownChannel(destination.endpoint, options) : channelOver(destination.transport);
  const { maxConcurrency = MAX_CONCURRENCY, clock = systemClock } = options;
  const address = "endpoint" in destination ? formatEndpoint(destination.endpoint) : undefined;
  logAttempts();
  return {
    address,
    channel: pipeline(channel, { address, maxConcurrency, eventStreams, clock }),
    clock,
    eventStreams,
  };
}

/** Says in a sentence where the daemon is; `address` is that of a {@link Connection}. */
export function whereText(address: string | undefined): string {
  if (address === undefined) return "over the given transport";
  return address === DIALED ? "over the dialed stream" : `at ${address}`;
}

/** A channel, and the event streams to the same daemon. */
interface ChannelWithEvents extends Pick<Connection, "eventStreams"> {
  readonly channel: Channel;
}

function ownChannel(endpoint: Endpoint, { waitForDaemonMs }: ConnectionOptions): ChannelWithEvents {
  const channel = new Http2Channel(endpoint, { waitForDaemonMs });
  return {
    channel,
    eventStreams: latePart(async () => {
      const { eventStreams } = await import("../transport/http2/event-streams.js");
      return eventStreams(channel);
    }),
  };
}

function channelOver(transport: Transport): ChannelWithEvents {
  // Connect and the generated code are loaded only for programs that bring a transport.
  const channel = lazyChannel(async () => {
    const { fromTransport } = await import("../transport/from-transport.js");
    return fromTransport(transport);
  });
  return {
    channel,
    eventStreams: latePart(async () => {
      const { eventsOverTransport } = await import("../transport/events-over-transport.js");
      return eventsOverTransport(transport);
    }),
  };
}
