import { MAX_CONCURRENCY, MAX_WATCH_CONNECTIONS } from "../../defaults.js";
import type { Deadline } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { ConnectionPool } from "./connection-pool.js";
import type { Session } from "./session.js";

/** One stream, for the small calls that show whether the event streams on the connection are alive. */
const STREAMS_FOR_PROBE = 1;

/** A session with room for one event stream, until {@link release}. */
export interface EventSlot {
  readonly session: Session;
  release(): void;
}

interface PoolUse {
  readonly pool: ConnectionPool;
  /** How many streams of the connection the event streams must leave free. */
  readonly reserved: number;
  eventStreams: number;
}

/**
 * Finds a connection for each event stream, so that there are always enough streams for calls.
 *
 * containerd allows any number of streams, so event streams share the connection of the calls. If the peer allows only
 * a few, as a proxy may, event streams get further connections, and leave one stream free on each.
 */
export class EventSlots {
  readonly #shared: PoolUse;
  readonly #further = new Set<PoolUse>();
  readonly #makePool: () => ConnectionPool;

  /** `makePool` makes further connections to the same peer. */
  constructor(shared: ConnectionPool, makePool: () => ConnectionPool) {
    this.#shared = { pool: shared, reserved: MAX_CONCURRENCY, eventStreams: 0 };
    this.#makePool = makePool;
  }

  /** Waits for a session, as a call does. Rejects with `resource_exhausted` if the peer allows too few streams. */
  async acquire(deadline: Deadline): Promise<EventSlot> {
    const { maxStreams } = await this.#shared.pool.ready(deadline);
    const use = this.#withRoom(maxStreams) ?? this.#furtherUse();
    use.eventStreams += 1;
    try {
      return { session: await use.pool.ready(deadline), release: () => this.#release(use) };
    } catch (error) {
      this.#release(use);
      throw error;
    }
  }

  /** Ends every further connection. */
  destroy(): void {
    for (const { pool } of this.#further) pool.destroy();
  }

  #withRoom(maxStreams: number): PoolUse | undefined {
    return [this.#shared, ...this.#further].find(({ eventStreams, reserved }) => eventStreams < maxStreams - reserved);
  }

  #furtherUse(): PoolUse {
    if (this.#further.size === MAX_WATCH_CONNECTIONS) throw noRoomFailure();
    const use = { pool: this.#makePool(), reserved: STREAMS_FOR_PROBE, eventStreams: 0 };
    this.#further.add(use);
    return use;
  }

  #release(use: PoolUse): void {
    use.eventStreams -= 1;
    if (use.eventStreams === 0 && this.#further.delete(use)) use.pool.destroy();
  }
}

// A watch lists then, so that no user reads it.
function noRoomFailure(): RpcFailure {
  const details = { code: "resource_exhausted", kind: "status", evidence: "never-sent" } as const;
  return new RpcFailure("no connection has room for another stream of events", details);
}
