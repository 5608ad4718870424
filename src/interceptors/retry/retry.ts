import type { Outcome } from "../../errors.js";
import type { RetryEvent } from "../../options.js";
import { type Call, namespaceOf } from "../../rpc/call.js";
import { canceledAfter } from "../../rpc/deadline.js";
import { malformedFailure, RpcFailure } from "../../rpc/failure.js";
import { type Interceptor, intercepted } from "../../rpc/invoker.js";
import type { Request } from "../../rpc/request.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { BackOff } from "../../util/back-off.js";
import type { Clock } from "../../util/clock.js";
import { messageOf } from "../../util/message-of.js";
import { thrownByCallers } from "../error-of-call.js";
import { codeOf, toImagesError } from "../to-images-error.js";
import type { ReadClock } from "./clock-reader.js";
import { learningDecoder } from "./learning-decoder.js";
import { type Action, type FailureClass, failureClass, RETRY_MATRIX } from "./matrix.js";
import { isReadBack, type ReadingContext, resolve } from "./resolve.js";
import { ServerClock } from "./server-clock.js";
import { Throttle } from "./throttle.js";

/** A failure that the server reports so close to the deadline is reported as `deadline_exceeded`. */
const DEADLINE_SLACK_MS = 10;

/**
 * If the connection is lost twice during the same change, the change may crash the daemon, so it is not sent a third
 * time.
 */
const MAX_LOST_MUTATIONS = 2;

/**
 * Retries requests that may be sent again, and reads back what others have done. It returns a value or rejects with an
 * `ImagesError`.
 *
 * What to do after a failure depends on the request, on what reached the server and on the status code (see
 * `matrix.ts`), never on the text of a message.
 */
export function retries({ clock, readClock, random = Math.random }: RetryDependencies): Interceptor {
  const shared = { throttle: new Throttle(), serverClock: new ServerClock(clock), random, readClock };
  return (next) => {
    const context: RetryContext = {
      ...shared,
      channel: next,
      retrying: { unary: (request, call, decoder) => firstAttempt(request, call, decoder, context) },
    };
    return intercepted(next, context.retrying);
  };
}

interface RetryDependencies {
  readonly clock: Clock;
  readonly readClock: ReadClock;
  readonly random?: () => number;
}

interface RetryContext extends ReadingContext {
  readonly throttle: Throttle;
  readonly random: () => number;
}

/** What to do after a failure, if the call goes on: send the request again after a delay, or return this response. */
type Decision =
  | { readonly next: "send"; readonly delayMs: number }
  | { readonly next: "respond"; readonly bytes: Uint8Array };

// Most calls need no second attempt, so what retries need is made after the first failure only.
function firstAttempt<T>(request: Request, call: Call, decoder: ResponseDecoder<T>, context: RetryContext): Promise<T> {
  return attempt(request, call, decoder, context).then(
    (value) => {
      succeeded(call, context);
      return value;
    },
    (error: unknown) => new Attempts(request, call, context).goOn(decoder, error),
  );
}

function attempt<T>(
  request: Request,
  call: Call,
  decoder: ResponseDecoder<T>,
  { channel, serverClock }: RetryContext,
): Promise<T> {
  return channel.unary(request, call, learningDecoder(serverClock, request, call, decoder));
}

function succeeded({ attempts }: Call, { throttle }: RetryContext): void {
  throttle.succeeded();
  attempts.total += 1;
}

/** The attempts of a request whose first attempt has failed. */
class Attempts {
  readonly #request: Request;
  readonly #call: Call;
  readonly #context: RetryContext;
  /** How many requests were handed to a connection. */
  #sent = 0;
  /** Counts the retries that the policy limits. */
  readonly #backOff: BackOff;
  #wasRefused = false;
  /** How many requests were lost with their connection. */
  #lost = 0;
  /** The first failure after which the request may have been applied. */
  #doubt: RpcFailure | undefined;
  /** What the last attempt ended with. */
  #last: RpcFailure | undefined;
  /** When the last failure was reported. */
  #failedAtMs = 0;

  constructor(request: Request, call: Call, context: RetryContext) {
    this.#request = request;
    this.#call = call;
    this.#context = context;
    this.#backOff = new BackOff(context.random);
  }

  /** Goes on after the failure of the first attempt. */
  async goOn<T>(decoder: ResponseDecoder<T>, failure: unknown): Promise<T> {
    for (let thrown = failure; ; ) {
      if (!(thrown instanceof RpcFailure)) throw thrown;
      const decision = await this.#decide(thrown);
      if (decision.next === "respond") return this.#decoded(decoder, decision.bytes);
      try {
        if (decision.delayMs > 0) await this.#call.deadline.sleep(decision.delayMs, "never-sent");
        const value = await attempt(this.#request, this.#call, decoder, this.#context);
        succeeded(this.#call, this.#context);
        return value;
      } catch (error) {
        thrown = error;
      }
    }
  }

  // A user of raw gets a message with all that is unknown in it, which may be too much.
  #decoded<T>(decoder: ResponseDecoder<T>, response: Uint8Array): T {
    try {
      return decoder.whole(response);
    } catch (error) {
      return this.#stop(malformedFailure(messageOf(error), { cause: error }), "applied");
    }
  }

  #decide(reported: RpcFailure): Decision | Promise<Decision> {
    this.#failedAtMs = this.#call.deadline.clock.now();
    const failure = this.#isAtDeadline(reported) ? expired(reported) : this.#explained(reported);
    this.#last = failure;
    const what = failureClass(failure);
    this.#count(failure, what);
    switch (this.#actionAfter(failure, what)) {
      case "stop":
        return this.#stop(failure);
      case "retry":
        return this.#retry(failure);
      case "retry-once":
        return this.#backOff.retries > 0 ? this.#stop(failure) : this.#retry(failure);
      case "read-back":
        return this.#resolve(failure, what);
    }
  }

  // A rejection settles nothing if an earlier request may have been applied: that request may be the reason for it.
  #actionAfter(failure: RpcFailure, what: FailureClass): Action {
    const { kind } = this.#request;
    const isRejection = what === "final" && failure.kind === "status";
    return isRejection && kind !== "read" && this.#doubt !== undefined ? "read-back" : RETRY_MATRIX[kind][what];
  }

  // If the call was ended before its next attempt was sent, what happened to the last one says why it had to wait.
  #explained(failure: RpcFailure): RpcFailure {
    const { cancellation: end } = this.#call.deadline;
    const isUnsent = failure.evidence === "never-sent" && failure.message === end?.message;
    return isUnsent && this.#last !== undefined ? canceledAfter(this.#last, end, "never-sent") : failure;
  }

  // The server has the same deadline, and it may pass there a moment earlier. Some versions report that as "unknown".
  #isAtDeadline(failure: RpcFailure): boolean {
    if (failure.kind !== "status" || failureClass(failure) === "final") return false;
    return this.#call.deadline.timeLeftMs() < DEADLINE_SLACK_MS;
  }

  #count(failure: RpcFailure, what: FailureClass): void {
    const { evidence } = failure;
    if (evidence !== "never-sent") {
      this.#sent += 1;
      this.#call.attempts.total += 1;
    }
    if (what === "lost") this.#lost += 1;
    if (what === "unavailable") this.#context.throttle.failed();
    const isSettled = evidence === "never-sent" || evidence === "refused" || what === "final";
    if (!isSettled) this.#doubt ??= failure;
  }

  #retry(failure: RpcFailure): Decision {
    const { maxAttempts, baseDelayMs, maxDelayMs } = this.#call.retry;
    if (maxAttempts === 1 || failure.pushback === "stop") return this.#stop(failure);
    if (this.#request.kind !== "read" && this.#lost >= MAX_LOST_MUTATIONS) return this.#stop(failure);
    // A request that the peer did not process is sent again at once, but only one time: Node reports a header that is
    // too large in the same way, and that never succeeds.
    if (failure.evidence === "refused" && !this.#wasRefused) {
      this.#wasRefused = true;
      return this.#send(failure, 0);
    }
    if (this.#backOff.retries + 1 >= maxAttempts || !this.#context.throttle.allowsRetry()) return this.#stop(failure);
    const delayMs = this.#backOff.nextDelayMs({ minMs: baseDelayMs, maxMs: maxDelayMs });
    if (failure.pushback === undefined) return this.#send(failure, delayMs);
    return this.#isBeyondDeadline(failure) ? this.#stop(failure) : this.#send(failure, this.#waitMs(failure.pushback));
  }

  // Reading back may have taken a part of the time that the server asks to wait.
  #waitMs(pushbackMs: number): number {
    return Math.max(0, this.#failedAtMs + pushbackMs - this.#call.deadline.clock.now());
  }

  #isBeyondDeadline({ pushback }: RpcFailure): boolean {
    if (typeof pushback !== "number") return false;
    const waitMs = this.#waitMs(pushback);
    return waitMs > 0 && waitMs >= this.#call.deadline.timeLeftMs();
  }

  // After a lost response, "already_exists" and "not_found" may be caused by this call's own earlier request. So the
  // error is the first failure after which the outcome became unknown.
  async #resolve(reported: RpcFailure, what: FailureClass): Promise<Decision> {
    // How long the server asked to wait then does not matter any more.
    const failure = (what === "final" ? this.#doubt?.with({ pushback: undefined }) : undefined) ?? reported;
    const write = { request: this.#request, call: this.#call, failure, failureClass: what };
    if (!isReadBack(write)) return this.#stop(failure);
    this.#tell(reported, "read-back", 0);
    const verdict = await resolve(write, this.#context);
    switch (verdict.next) {
      case "succeed":
        this.#tell(reported, "resolved", 0);
        return { next: "respond", bytes: verdict.response };
      case "retry":
        return this.#retry(failure);
      case "fail":
        return this.#stop(verdict.failure, verdict.outcome);
      case "leave-open":
        return this.#stop(failure);
    }
  }

  #send(failure: RpcFailure, delayMs: number): Decision {
    this.#tell(failure, "retry", delayMs);
    return { next: "send", delayMs };
  }

  /** Throws the error of the call. */
  #stop(failure: RpcFailure, known?: Outcome): never {
    const isRead = this.#request.kind === "read";
    const outcome = known ?? (this.#doubt !== undefined && !isRead ? "unknown" : "not-applied");
    const shown = this.#isBeyondDeadline(failure) ? tooLate(failure) : failure;
    throw toImagesError(shown, this.#request, this.#call, outcome);
  }

  #tell(failure: RpcFailure, action: RetryEvent["action"], delayMs: number): void {
    const event = {
      method: this.#request.method.name,
      namespace: namespaceOf(this.#call),
      imageName: this.#request.imageName,
      attempt: this.#sent,
      code: codeOf(failure),
      evidence: failure.evidence,
      action,
      delayMs,
    };
    try {
      this.#call.retry.onRetry?.(event);
    } catch (error) {
      thrownByCallers.add(Object(error)); // a WeakSet takes only objects, and nothing else is an error
      throw error;
    }
  }
}

function expired(failure: RpcFailure): RpcFailure {
  const details = { code: "deadline_exceeded", evidence: failure.evidence, kind: "status", cause: failure } as const;
  return new RpcFailure(`the deadline passed: ${failure.message}`, details);
}

function tooLate(failure: RpcFailure): RpcFailure {
  const wait = `the server asks to wait ${failure.pushback} ms, which is longer than the deadline allows`;
  return failure.with({ message: `${failure.message}: ${wait}` });
}
