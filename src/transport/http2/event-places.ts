import { MAX_CONCURRENCY, MAX_WATCH_CONNECTIONS } from "../../defaults.js";
import type { Deadline } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { ConnectionPool } from "./connection-pool.js";
import type { Session } from "./session.js";

/** A stream for the small call that shows whether those beside it are alive. */
const FOR_PROBE = 1;

/** A session with room for one event stream, until {@link leave}. */
export interface Place {
  readonly session: Session;
  leave(): void;
}

interface Berth {
  readonly connections: ConnectionPool;
  readonly reserved: number;
  taken: number;
}

/**
 * Finds every event stream a connection on which it takes no room from calls.
 *
 * containerd allows any number of streams, so they share the connection of the calls. Behind a peer that allows few,
 * such as a proxy, they get connections of their own, and so many on each that one stream is free.
 */
export class EventPlaces {
  readonly #shared: Berth;
  readonly #further = new Set<Berth>();
  readonly #connect: () => ConnectionPool;
  #destroyed = false;

  /** `connect` makes a further connection to the same peer. */
  constructor(shared: ConnectionPool, connect: () => ConnectionPool) {
    this.#shared = { connections: shared, reserved: MAX_CONCURRENCY, taken: 0 };
    this.#connect = connect;
  }

  /** Waits for a session as a call does; `resource_exhausted` where the peer allows too few streams. */
  async take(deadline: Deadline): Promise<Place> {
    const { maxStreams } = await this.#shared.connections.ready(deadline);
    const berth = this.#withRoom(maxStreams) ?? this.#furtherBerth(maxStreams);
    berth.taken += 1;
    try {
      return { session: await berth.connections.ready(deadline), leave: () => this.#leave(berth) };
    } catch (error) {
      this.#leave(berth);
      throw error;
    }
  }

  /** Ends every further connection. */
  destroy(): void {
    this.#destroyed = true;
    for (const { connections } of this.#further) connections.destroy();
  }

  #withRoom(maxStreams: number): Berth | undefined {
    return [this.#shared, ...this.#further].find(({ taken, reserved }) => taken < maxStreams - reserved);
  }

  #furtherBerth(maxStreams: number): Berth {
    if (this.#further.size === MAX_WATCH_CONNECTIONS) throw noRoom(maxStreams);
    const berth = { connections: this.#connect(), reserved: FOR_PROBE, taken: 0 };
    if (this.#destroyed) berth.connections.destroy();
    this.#further.add(berth);
    return berth;
  }

  #leave(berth: Berth): void {
    berth.taken -= 1;
    if (berth.taken === 0 && this.#further.delete(berth)) berth.connections.destroy();
  }
}

function noRoom(maxStreams: number): RpcFailure {
  return new RpcFailure(
    `the peer allows ${maxStreams} streams on a connection, and ${MAX_WATCH_CONNECTIONS} further connections are full of event streams`,
    {
      code: "resource_exhausted",
      kind: "status",
      evidence: "never-sent",
      hint: "watch with fewer clients, or let the proxy allow more streams (in nginx http2_max_concurrent_streams)",
    },
  );
}
