import { MAX_CONCURRENT_LISTS } from "../defaults.js";
import type { Call } from "../rpc/call.js";
import { canceledFailure } from "../rpc/deadline.js";
import { type Interceptor, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import { Line } from "../util/line.js";
import { started } from "../util/started.js";

/**
 * Lets at most `maxConcurrency` requests through at a time, and at most four lists. The others wait in the order in
 * which they came, within their deadlines.
 */
export function concurrencyLimit(maxConcurrency: number): Interceptor {
  const requests = new Semaphore(maxConcurrency);
  const lists = new Semaphore(Math.min(MAX_CONCURRENT_LISTS, maxConcurrency));
  const inTurn = <T>({ method }: Request, call: Call, use: () => Promise<T>): Promise<T> =>
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
  readonly #line = new Line<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  use<T>(call: Call, use: () => Promise<T>): Promise<T> {
    if (this.#free === 0) return this.#turn(call).then(() => this.#hold(use));
    this.#free -= 1;
    return this.#hold(use);
  }

  // The caller's own reactions come later, so the place is free when the caller goes on. One function frees the place of
  // every request.
  #hold<T>(use: () => Promise<T>): Promise<T> {
    const response = started(use);
    response.then(this.#release, this.#release);
    return response;
  }

  #turn(call: Call): Promise<void> {
    const { cancellation } = call.deadline;
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, "never-sent"));
    return new Promise((resolve, reject) => {
      const place = this.#line.add(() => {
        call.deadline.onCancel(undefined);
        resolve();
      });
      call.deadline.onCancel((reason) => {
        this.#line.remove(place);
        reject(canceledFailure(reason, "never-sent"));
      });
    });
  }

  // The place is passed directly to the next waiter, so that no new request can take it first.
  readonly #release = (): void => {
    const start = this.#line.shift();
    if (start === undefined) this.#free += 1;
    else start();
  };
}
