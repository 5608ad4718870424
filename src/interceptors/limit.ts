import { type Call, type Cancellation, canceledFailure } from "../rpc/call.js";
import { LIST, type Method } from "../rpc/method.js";
import type { Channel } from "../rpc/invoker.js";

/** A large List costs the daemon memory in proportion, so few run at a time. */
const MAX_LISTS = 4;

/**
 * Lets at most `maxConcurrency` calls through at a time, four of them lists; the others wait their turn, first come
 * first served, inside their deadlines.
 */
export function concurrencyLimit(engine: Channel, maxConcurrency: number): Channel {
  const calls = new Semaphore(maxConcurrency);
  const lists = new Semaphore(Math.min(MAX_LISTS, maxConcurrency));
  const inTurn = async <T>(method: Method, call: Call, use: () => Promise<T>): Promise<T> =>
    method === LIST ? lists.use(call, () => calls.use(call, use)) : calls.use(call, use);
  return {
    unary: (method, request, call, decoder) => inTurn(method, call, () => engine.unary(method, request, call, decoder)),
    pinned: (call, use) => calls.use(call, () => engine.pinned(call, use)),
    serverChangeSince: (connection, call) => engine.serverChangeSince(connection, call),
    outageCount: () => engine.outageCount(),
    destroy: () => engine.destroy(),
  };
}

/** A number of places, handed on in the order of asking. */
class Semaphore {
  #free: number;
  // A Set keeps order and forgets a waiter that gave up in constant time. Its iterator remembers the place: from the
  // beginning, a search would pass over all that were there before.
  readonly #waiting = new Set<() => void>();
  #line = this.#waiting.values();

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(call: Call, use: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(call);
    try {
      return await use();
    } finally {
      this.#release();
    }
  }

  #turn(call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        call.onCancel(undefined);
        resolve();
      };
      const end = (ending: Cancellation) => {
        this.#waiting.delete(start);
        reject(canceledFailure(ending, "never-sent"));
      };
      if (call.ending !== undefined) return end(call.ending);
      this.#waiting.add(start);
      call.onCancel(end);
    });
  }

  // The place goes straight to the next in line, so that nobody can slip in between.
  #release(): void {
    const next = this.#next();
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  #next(): (() => void) | undefined {
    const { value } = this.#line.next();
    if (value !== undefined) return value;
    this.#line = this.#waiting.values(); // an iterator that has come to the end stays there
    return this.#line.next().value;
  }
}
