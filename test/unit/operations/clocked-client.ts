import type { Transport } from "@connectrpc/connect";
import { ClientCalls } from "../../../src/core/client-calls.js";
import { retryPolicy } from "../../../src/core/client-settings.js";
import { connect } from "../../../src/core/connection.js";
import type { InFlightCalls } from "../../../src/core/in-flight-calls.js";
import { ImagesClient } from "../../../src/index.js";
import type { Clock } from "../../../src/util/clock.js";

/** A client of the namespace `default` that keeps its deadlines by this clock. */
export function clockedClient(transport: Transport, clock: Clock, inFlight?: InFlightCalls): ImagesClient {
  const settings = { namespace: "default", lease: undefined, timeoutMs: undefined, retry: retryPolicy(undefined) };
  return new ImagesClient(new ClientCalls(connect({ transport }, { clock }), settings, inFlight));
}
