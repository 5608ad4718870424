import { MAX_CONCURRENT_LISTS } from "../defaults.js";
import type { Call } from "../rpc/call.js";
import { type Cancellation, type CancellationListener, canceledFailure } from "../rpc/deadline.js";
import { type Channel, type Interceptor, type Invoker, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import { Line, type Linked } from "../util/line.js";
import { started } from "../util/started.js";

/**
 * Lets at most `maxConcurrency` requests through at a time, and at most four lists. The others wait in the order in
 * which they came, within their deadlines.
 */
export function concurrencyLimit(maxConcurrency: number): Interceptor {
  return (next) => {
    const requests = limited(next, maxConcurrency);
    const lists = limited(requests, MAX_CONCURRENT_LISTS);
    return intercepted(requests, {
      unary: (request, call, decoder) =>
        (request.method.name === "list" ? lists : requests).unary(request, call, decoder),
    });
  };
}

/** The channel `next` for at most `count` requests at a time. */
function limited(next: Channel, count: number): Channel {
  const semaphore = new Semaphore(count);
  return intercepted(next, {
    unary: (request, call, decoder) => semaphore.run(new Unary(next, request, call, decoder)),
    pinned: (call, use) => semaphore.run(new Pinned(next, call, use)),
  });
}

/** A counting semaphore; waiters get a place in the order in which they came. */
class Semaphore {
  #free: number;
  readonly #line = new Line<Waiting>();

  constructor(count: number) {
    this.#free = count;
  }

  run<T>(task: Task<T>): Promise<T> {
    if (this.#free === 0) return task.turnIn(this.#line).then(this.#hold);
    this.#free -= 1;
    return this.#hold(task);
  }

  // All tasks share this function and the next. The caller's own reactions come later, so the place is free when the
  // caller goes on.
  readonly #hold = <T>(task: Task<T>): Promise<T> => {
    const response = started(() => task.send());
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

/**
 * What needs a place. It waits in the line itself, and what it sends is in its fields and not in a closure: thousands
 * may wait, and so each takes an eighth less memory.
 */
abstract class Task<T> implements Waiting, CancellationListener {
  previous: Waiting | undefined;
  next: Waiting | undefined;
  protected readonly call: Call;
  #line: Line<Waiting> | undefined;
  #resolve: ((turn: Task<T> | Promise<never>) => void) | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  abstract send(): Promise<T>;

  /** Waits in the line; the result is this task when it is its turn, and rejects when the call is canceled. */
  turnIn(line: Line<Waiting>): Promise<Task<T>> {
    const { cancellation } = this.call.deadline;
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, "never-sent"));
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#line = line;
      line.add(this);
      this.call.deadline.onCancel(this);
    });
  }

  start(): void {
    this.call.deadline.onCancel(undefined);
    this.#leave(this);
  }

  canceled(cancellation: Cancellation): void {
    this.#leave(Promise.reject(canceledFailure(cancellation, "never-sent")));
  }

  #leave(turn: Task<T> | Promise<never>): void {
    this.#line?.remove(this);
    this.#resolve?.(turn);
  }
}

class Unary<T> extends Task<T> {
  readonly #next: Invoker;
  readonly #request: Request;
  readonly #decoder: ResponseDecoder<T>;

  constructor(next: Invoker, request: Request, call: Call, decoder: ResponseDecoder<T>) {
    super(call);
    this.#next = next;
    this.#request = request;
    this.#decoder = decoder;
  }

  send(): Promise<T> {
    return this.#next.unary(this.#request, this.call, this.#decoder);
  }
}

type PinnedUse<T> = (invoker: Invoker, connection: object) => Promise<T>;

class Pinned<T> extends Task<T> {
  readonly #next: Channel;
  readonly #use: PinnedUse<T>;

  constructor(next: Channel, call: Call, use: PinnedUse<T>) {
    super(call);
    this.#next = next;
    this.#use = use;
  }

  send(): Promise<T> {
    return this.#next.pinned(this.call, this.#use);
  }
}
