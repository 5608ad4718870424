import { MAX_CONCURRENT_LISTS } from "../defaults.js";
import type { Call } from "../rpc/call.js";
import { type Cancellation, canceledFailure } from "../rpc/deadline.js";
import { type Interceptor, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";

/**
 * Lets at most `maxConcurrency` requests through at a time, four of them lists; the others wait their turn, first come
 * first served, inside their deadlines.
 */
export function concurrencyLimit(maxConcurrency: number): Interceptor {
  const requests = new Semaphore(maxConcurrency);
  const lists = new Semaphore(Math.min(MAX_CONCURRENT_LISTS, maxConcurrency));
  const inTurn = async <T>({ method }: Request, call: Call, use: () => Promise<T>): Promise<T> =>
    method.name === "list" ? lists.use(call, () => requests.use(call, use)) : requests.use(call, use);
  return (next) =>
    intercepted(next, {
      unary: (request, call, decoder) => inTurn(request, call, () => next.unary(request, call, decoder)),
      pinned: (call, use) => requests.use(call, () => next.pinned(call, use)),
    });
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
        call.deadline.onCancel(undefined);
        resolve();
      };
      const end = (cancellation: Cancellation) => {
        this.#waiting.delete(start);
        reject(canceledFailure(cancellation, "never-sent"));
      };
      if (call.deadline.cancellation !== undefined) return end(call.deadline.cancellation);
      this.#waiting.add(start);
      call.deadline.onCancel(end);
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
