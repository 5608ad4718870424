import { MAX_CONCURRENT_LISTS } from "../defaults.js";
import type { Call } from "../rpc/call.js";
import { type Cancellation, type CancellationListener, canceledFailure, type Deadline } from "../rpc/deadline.js";
import type { RpcFailure } from "../rpc/failure.js";
import { type Interceptor, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import { Line, type Linked } from "../util/line.js";
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
  readonly #line = new Line<Waiting>();

  constructor(count: number) {
    this.#free = count;
  }

  use<T>(call: Call, use: () => Promise<T>): Promise<T> {
    if (this.#free === 0) return this.#turn(call, use).then(this.#hold);
    this.#free -= 1;
    return this.#hold(use);
  }

  /** Waits for a place; the result is `use`. */
  #turn<T>({ deadline }: Call, use: () => Promise<T>): Promise<() => Promise<T>> {
    const { cancellation } = deadline;
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, "never-sent"));
    return new Promise((resolve, reject) => new Waiter(deadline, this.#line, use, resolve, reject).wait());
  }

  // All requests share this function and the next. The caller's own reactions come later, so the place is free when the
  // caller goes on.
  readonly #hold = <T>(use: () => Promise<T>): Promise<T> => {
    const response = started(use);
    response.then(this.#release, this.#release);
    return response;
  };

  // The place is passed directly to the next waiter, so that no new request can take it first.
  readonly #release = (): void => {
    const { first } = this.#line;
    if (first === undefined) this.#free += 1;
    else first.start();
  };
}

interface Waiting extends Linked<Waiting> {
  start(): void;
}

/** A request that waits for its turn; then `resolve` gets `use`. */
class Waiter<T> implements Waiting, CancellationListener {
  previous: Waiting | undefined;
  next: Waiting | undefined;
  readonly #deadline: Deadline;
  readonly #line: Line<Waiting>;
  readonly #use: T;
  readonly #resolve: (use: T) => void;
  readonly #reject: (failure: RpcFailure) => void;

  constructor(
    deadline: Deadline,
    line: Line<Waiting>,
    use: T,
    resolve: (use: T) => void,
    reject: (failure: RpcFailure) => void,
  ) {
    this.#deadline = deadline;
    this.#line = line;
    this.#use = use;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  wait(): void {
    this.#line.add(this);
    this.#deadline.onCancel(this);
  }

  start(): void {
    this.#line.remove(this);
    this.#deadline.onCancel(undefined);
    this.#resolve(this.#use);
  }

  canceled(cancellation: Cancellation): void {
    this.#line.remove(this);
    this.#reject(canceledFailure(cancellation, "never-sent"));
  }
}
