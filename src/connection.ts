import type { Destination } from "./schema/options.js";
import { firstGenerationAware } from "./stages/first-generation.js";
import { gated } from "./stages/gate.js";
import { guarded } from "./stages/guard.js";
import { limited } from "./stages/limit.js";
import { retrying } from "./stages/retry.js";
import { createHttp2Engine } from "./transport/http2/engine.js";
import { lazyEngine } from "./transport/lazy-engine.js";
import type { Engine, Wire } from "./wire/wire.js";

const MAX_CONCURRENCY = 64;

/** What a client and all that derive from it share: one engine, and the stages every call goes through. */
export interface Connection {
  readonly wire: Wire;
  readonly destroy: () => void;
}

export interface ConnectionOptions {
  readonly maxConcurrency?: number | undefined;
  readonly waitForDaemonMs?: number | undefined;
}

/** Puts the stages together, outermost first. Nothing is opened before the first call. */
export function connect(destination: Destination, options: ConnectionOptions): Connection {
  const engine = limited(engineFor(destination, options), options.maxConcurrency ?? MAX_CONCURRENCY);
  const wire = guarded(firstGenerationAware(retrying(gated(engine), engine)));
  return { wire, destroy: () => engine.destroy() };
}

function engineFor(destination: Destination, { waitForDaemonMs }: ConnectionOptions): Engine {
  if ("endpoint" in destination) return createHttp2Engine(destination.endpoint, { waitForDaemonMs });
  // Connect and the generated code are loaded only for programs that bring a transport.
  return lazyEngine(async () => {
    const { fromTransport } = await import("./transport/from-transport.js");
    return fromTransport(destination.transport);
  });
}
