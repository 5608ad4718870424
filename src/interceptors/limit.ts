import { MAX_CONCURRENT_LISTS } from "../defaults.js";
import type { Call } from "../rpc/call.js";
import { type Cancellation, canceledFailure } from "../rpc/deadline.js";
import { type Interceptor, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";

/**
 * Lets at most `maxConcurrency` requests through at a time, and at most four lists. The others wait in the order in
 * which they came, within their deadlines.
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

/** A counting semaphore; waiters get a place in the order in which they came. */
class Semaphore {
  #free: number;
  // A Set keeps the order, and deletes a waiter that gave up in constant time. The iterator keeps its position, because
  // a new iterator would first skip all the entries that were deleted before.
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

  // The place is passed directly to the next waiter, so that no new request can take it first.
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
    this.#line = this.#waiting.values(); // an iterator at its end does not see new entries
    return this.#line.next().value;
  }
}
