import { imageNameOf } from "../codec/peek.js";
import { hasField } from "../codec/scan.js";
import type { ImagesError, Outcome } from "../errors.js";
import type { Image } from "../image.js";
import { Call, endedFailure, namespaceOf } from "../wire/call.js";
import { WireFailure } from "../wire/failure.js";
import type { Method } from "../wire/method.js";
import type { RetryEvent } from "../wire/retry-policy.js";
import type { Decoder, Engine, Wire } from "../wire/wire.js";
import { type Applied, readBack } from "./read-back.js";
import { codeOf, report } from "./report.js";
import { type FailureClass, failureClass, type RequestKind, requestKind, retryMatrix } from "./retry-matrix.js";
import { Throttle } from "./throttle.js";

/** A sync delete has no time left when its deadline passes; this much is spent on learning what became of it. */
const LAST_LOOK_MS = 200;

/** A failure so close to the deadline is the deadline's. */
const DEADLINE_SLACK_MS = 10;

/** A daemon that dies twice right after the same change is not asked a third time. */
const MAX_LOST_MUTATIONS = 2;

/**
 * Retries what may be retried and finds out about the rest; what leaves it is a value or an `ImagesError`.
 *
 * What happens after a failure is decided by the request, by what reached the server and by its status code (see
 * `retry-matrix.ts`), never by the text of a message.
 */
export function retrying(wire: Wire, engine: Pick<Engine, "timesDown" | "sharesClock">, random = Math.random): Wire {
  const throttle = new Throttle();
  const stage: Wire = {
    unary: (method, request, call, decoder) =>
      new Attempts(method, request, call, { wire, stage, engine, throttle, random }).run(decoder),
  };
  return stage;
}

interface Surroundings {
  /** Sends one request. */
  readonly wire: Wire;
  /** Sends a request with all that this stage does; for reading back. */
  readonly stage: Wire;
  readonly engine: Pick<Engine, "timesDown" | "sharesClock">;
  readonly throttle: Throttle;
  readonly random: () => number;
}

/** What to do after a failure: send again after a delay, give the caller this answer, or throw this error. */
type Decision =
  | { readonly next: "send"; readonly delayMs: number }
  | { readonly next: "answer"; readonly bytes: Uint8Array }
  | { readonly next: "throw"; readonly error: ImagesError };

/** The attempts of one call. */
class Attempts {
  readonly #method: Method;
  readonly #request: Uint8Array;
  readonly #call: Call;
  readonly #around: Surroundings;
  /** Requests that reached a connection. */
  #sent = 0;
  /** Retries that count towards the policy's limit. */
  #retries = 0;
  #wasRefused = false;
  /** Requests that died with their connection. */
  #lost = 0;
  /** Whether one of them may have been applied. */
  #isAmbiguous = false;

  constructor(method: Method, request: Uint8Array, call: Call, around: Surroundings) {
    this.#method = method;
    this.#request = request;
    this.#call = call;
    this.#around = around;
  }

  async run<T>(decoder: Decoder<T>): Promise<T> {
    for (;;) {
      try {
        const value = await this.#around.wire.unary(this.#method, this.#request, this.#call, decoder);
        this.#around.throttle.succeeded();
        return value;
      } catch (error) {
        if (!(error instanceof WireFailure)) throw error;
        const decision = await this.#decide(error);
        if (decision.next === "throw") throw decision.error;
        if (decision.next === "answer") return decoder.whole(decision.bytes);
        await this.#backOff(decision.delayMs);
      }
    }
  }

  #decide(reported: WireFailure): Decision | Promise<Decision> {
    const failure = this.#isAtDeadline(reported) ? expired(reported) : reported;
    const kind = requestKind(this.#method, this.#request);
    const what = failureClass(failure);
    const mayBeOurs = kind !== "read" && this.#isAmbiguous && what === "final" && failure.kind === "status";
    this.#count(failure, what);
    const action = mayBeOurs ? "read-back" : retryMatrix[kind][what];
    switch (action) {
      case "stop":
        return this.#stop(failure);
      case "again":
        return this.#again(failure, kind);
      case "once-more":
        return this.#retries > 0 ? this.#stop(failure) : this.#again(failure, kind);
      case "read-back":
        return this.#resolve(failure, what, kind);
    }
  }

  // The server gets the same deadline, and some versions say "unknown" when it passes there a moment before it does here.
  #isAtDeadline(failure: WireFailure): boolean {
    const what = failureClass(failure);
    return failure.kind === "status" && what !== "final" && this.#call.timeLeftMs() < DEADLINE_SLACK_MS;
  }

  #count({ evidence, kind }: WireFailure, what: FailureClass): void {
    if (evidence !== "never-sent") this.#sent += 1;
    if (what === "lost") this.#lost += 1;
    if (what === "unavailable" && kind === "status") this.#around.throttle.failed();
    const isSettled = evidence === "never-sent" || evidence === "refused" || what === "final";
    this.#isAmbiguous ||= !isSettled;
  }

  #again(failure: WireFailure, kind: RequestKind): Decision {
    const { maxAttempts, baseDelayMs, maxDelayMs } = this.#call.retry;
    if (maxAttempts === 1 || failure.pushback === "stop") return this.#stop(failure);
    if (kind !== "read" && this.#lost >= MAX_LOST_MUTATIONS) return this.#stop(failure);
    // A request that the peer refused unseen is sent again at once, but once only: Node reports an oversized header
    // the same way.
    if (failure.evidence === "refused" && !this.#wasRefused) {
      this.#wasRefused = true;
      return this.#send(failure, 0);
    }
    if (this.#retries + 1 >= maxAttempts || !this.#around.throttle.allowsRetry()) return this.#stop(failure);
    const longestMs = Math.min(maxDelayMs, baseDelayMs * 2 ** this.#retries);
    this.#retries += 1;
    return this.#send(failure, failure.pushback ?? this.#around.random() * longestMs);
  }

  async #resolve(failure: WireFailure, what: FailureClass, kind: RequestKind): Promise<Decision> {
    const call = this.#callForReading(failure, kind);
    if (call === undefined) return this.#stop(failure);
    this.#tell(failure, "read-back", 0);
    const { engine, stage } = this.#around;
    const timesDown = engine.timesDown();
    const finding = await readBack(stage, this.#method, this.#request, call);
    if (call !== this.#call) call.release();
    switch (finding.state) {
      case "applied":
        return this.#applied(failure, kind, finding);
      case "absent":
        return this.#absent(failure, what, kind, engine.timesDown() > timesDown);
      case "present":
        return this.#present(failure, what, kind, finding.image, engine.timesDown() > timesDown);
      case "unclear":
        return this.#stop(this.#call.ending === undefined ? failure : endedFailure(this.#call.ending, "no-answer"));
    }
  }

  // The call itself while it lasts; for a sync delete whose deadline passed, a short one more.
  #callForReading(failure: WireFailure, kind: RequestKind): Call | undefined {
    const { headers, retry, clock } = this.#call;
    if (failure.evidence === "never-sent" || retry.maxAttempts === 1) return undefined;
    const isExpired = failure.code === "deadline_exceeded" || this.#call.ending?.code === "deadline_exceeded";
    if (kind === "sync-delete" && isExpired)
      return new Call({ headers, retry, timeoutMs: LAST_LOOK_MS, signal: undefined }, clock);
    return this.#call.ending === undefined ? this.#call : undefined;
  }

  #applied(failure: WireFailure, kind: RequestKind, { image, answer }: Applied): Decision {
    // The record is gone, but nobody has said that the garbage collection is over.
    if (kind === "sync-delete") return this.#stop(failure, "applied");
    // A record from before the call is not the one that it has made, however alike they are.
    const hasOwnDate = hasField(this.#request, 2);
    if (kind === "create" && !hasOwnDate && this.#isBeforeCall(image?.createdAt)) return this.#stop(taken(failure));
    this.#tell(failure, "resolved", 0);
    return { next: "answer", bytes: answer };
  }

  #absent(failure: WireFailure, what: FailureClass, kind: RequestKind, isFenced: boolean): Decision {
    if (kind !== "create") return this.#stop(failure);
    // The server had finished with the request and there is no record.
    if (what === "failed" && this.#lost === 0) return this.#stop(failure, "not-applied");
    // Only a request that nobody can apply any more may be sent again.
    return isFenced || what === "unavailable" ? this.#again(failure, kind) : this.#stop(failure);
  }

  #present(failure: WireFailure, what: FailureClass, kind: RequestKind, image: Image, isFenced: boolean): Decision {
    const mayPass = what === "lost" || what === "unavailable";
    switch (kind) {
      case "create":
        return this.#stop(what === "lost" ? taken(failure) : failure);
      case "update":
        // Nobody has changed the record since, and nobody can apply the lost request any more.
        return mayPass && isFenced && this.#isBeforeCall(image.updatedAt)
          ? this.#again(failure, kind)
          : this.#stop(failure);
      case "delete":
      case "sync-delete":
        // Only the record that the call was about may go, not one that somebody has created since.
        return mayPass && this.#isBeforeCall(image.createdAt) ? this.#again(failure, kind) : this.#stop(failure);
      case "conditional-delete":
      case "read":
        return this.#stop(failure);
    }
  }

  #isBeforeCall(date: Date | undefined): boolean {
    return date !== undefined && this.#around.engine.sharesClock && date.getTime() < this.#call.startedAt;
  }

  #send(failure: WireFailure, delayMs: number): Decision {
    this.#tell(failure, "retry", delayMs);
    return { next: "send", delayMs };
  }

  #stop(failure: WireFailure, known?: Outcome): Decision {
    const isRead = requestKind(this.#method, this.#request) === "read";
    const outcome = known ?? (this.#isAmbiguous && !isRead ? "unknown" : "not-applied");
    const about = { method: this.#method, request: this.#request, call: this.#call, attempts: this.#sent, outcome };
    return { next: "throw", error: report(failure, about) };
  }

  async #backOff(delayMs: number): Promise<void> {
    if (delayMs <= 0) return;
    try {
      await this.#call.sleep(delayMs, "never-sent");
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      const decision = this.#stop(error);
      throw decision.next === "throw" ? decision.error : error;
    }
  }

  #tell(failure: WireFailure, action: RetryEvent["action"], delayMs: number): void {
    this.#call.retry.onRetry?.({
      method: this.#method.name,
      namespace: namespaceOf(this.#call),
      imageName: imageNameOf(this.#method, this.#request),
      attempt: this.#sent,
      code: codeOf(failure),
      evidence: failure.evidence,
      action,
      delayMs,
    });
  }
}

function expired(failure: WireFailure): WireFailure {
  const details = { code: "deadline_exceeded", evidence: failure.evidence, kind: "status", cause: failure } as const;
  return new WireFailure(`the deadline passed: ${failure.message}`, details);
}

function taken(failure: WireFailure): WireFailure {
  return new WireFailure("the answer was lost, and another record has the name now", {
    code: "already_exists",
    evidence: failure.evidence,
    kind: "status",
    cause: failure,
  });
}
