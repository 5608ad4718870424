import type { ClientCalls } from "../core/client-calls.js";
import { defaultTimeoutMs } from "../core/client-settings.js";
import { whereText } from "../core/connection.js";
import { onCancellation } from "../core/on-cancellation.js";
import { isTransient, requestedWaitMs } from "../core/transient.js";
import { WAIT_FOR_FIRST_DELAY_MS, WAIT_FOR_MAX_DELAY_MS } from "../defaults.js";
import type { ImagesError } from "../errors.js";
import type { Image } from "../image.js";
import { atCaller, failureOf, isOfCall } from "../interceptors/error-of-call.js";
import { shortNameHint } from "../interceptors/short-name-hint.js";
import { callError } from "../interceptors/to-images-error.js";
import type { WaitCondition, WaitOptions } from "../options.js";
import type { AttemptCount } from "../rpc/call.js";
import { type Cancellation, Deadline } from "../rpc/deadline.js";
import { RpcFailure } from "../rpc/failure.js";
import { BackOff, type BackOffLimits } from "../util/back-off.js";
import { shortened } from "../util/printable.js";
import { findImage } from "./find.js";
import { holds, seenText, wantedText } from "./wait-condition.js";

/** What to wait for, and how to read the record. */
export interface Wait {
  readonly name: string;
  readonly namespace: string;
  /** The address of the daemon; `undefined` for a transport of the caller. */
  readonly address: string | undefined;
  readonly condition: WaitCondition;
  /** Counts the requests of all reads. */
  readonly attempts: AttemptCount;
  /** Reads the record, within `timeoutMs` at most. */
  read(timeoutMs: number): Promise<Image | undefined>;
}

/** How much of the message of a failed read is shown, in UTF-16 units. */
const MAX_REASON_SHOWN = 300;

const POLL_DELAYS: BackOffLimits = { minMs: WAIT_FOR_FIRST_DELAY_MS, maxMs: WAIT_FOR_MAX_DELAY_MS, jitter: 0 };

/** Reads a record again and again until the condition holds; the wait ends when the client is closed. */
export async function waitForImage(
  calls: ClientCalls,
  wait: Pick<Wait, "name" | "condition">,
  options: WaitOptions,
): Promise<Image | undefined> {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
  const longestMs = defaultTimeoutMs(calls.settings);
  const { namespace } = calls.settings;
  const attempts = { total: 0 };
  const deadline = new Deadline({ timeoutMs, signal: undefined }, calls.clock);
  const ended = new AbortController();
  const unsubscribe = onCancellation(calls, signal, (cancellation) => {
    deadline.cancel(cancellation);
    ended.abort(signal?.reason); // a closing client would let the read that is in flight finish
  });
  const readOptions = { ...options, signal: ended.signal, attempts };
  const read = (timeLeftMs: number) =>
    findImage(calls, "waitFor", wait.name, { ...readOptions, timeoutMs: Math.min(timeLeftMs, longestMs) });
  try {
    return await waitFor(deadline, { ...wait, namespace, address: calls.address, attempts, read });
  } catch (error) {
    throw atCaller(error);
  } finally {
    unsubscribe();
    deadline.release();
  }
}

/** What the reads have given. */
interface LastRead {
  /** Whether a read has succeeded. */
  readonly hasRead: boolean;
  /** What the last read that succeeded has found. */
  readonly image?: Image | undefined;
  /** Why the last read failed; `undefined` if it succeeded. */
  readonly error?: ImagesError | undefined;
}

/** Reads again and again until the condition holds; `deadline` says when to give up. */
export async function waitFor(deadline: Deadline, wait: Wait): Promise<Image | undefined> {
  const backOff = new BackOff();
  let last: LastRead = { hasRead: false };
  for (;;) {
    try {
      const image = await wait.read(deadline.timeLeftMs());
      if (holds(wait.condition, image)) return image;
      last = { hasRead: true, image };
    } catch (error) {
      if (!isOfCall(error) || (deadline.cancellation === undefined && !mayPass(error))) throw error;
      last = { ...last, error };
    }
    const delayMs = Math.max(backOff.nextDelayMs(POLL_DELAYS), requestedWaitMs(last.error));
    await deadline.sleep(delayMs, "answered").catch(() => {});
    if (deadline.cancellation !== undefined) throw canceledError(deadline, deadline.cancellation, wait, last);
  }
}

// `unreachable` is not waited for again: the read has already waited as long as `waitForDaemonMs` says.
function mayPass(error: ImagesError): boolean {
  return isTransient(error) && failureOf(error)?.kind !== "unreachable";
}

function canceledError(deadline: Deadline, cancellation: Cancellation, wait: Wait, last: LastRead): ImagesError {
  const { name, namespace, attempts } = wait;
  const isLate = cancellation.code === "deadline_exceeded";
  // If the last read failed, its failure explains why the time ran out; a cancellation needs no explanation.
  const reason = isLate ? last.error : undefined;
  return callError(isLate ? lateText(deadline, wait, last) : cancellation.message, {
    code: cancellation.code,
    method: "waitFor",
    namespace,
    imageName: name,
    attempts: attempts.total,
    outcome: "not-applied",
    hint: isLate && reason === undefined && last.image === undefined ? shortNameHint(name) : reason?.hint,
    cause: cancellation.cause ?? reason?.cause,
  });
}

function lateText({ clock, startedAt }: Deadline, { address, condition }: Wait, last: LastRead): string {
  const where = address === undefined ? "" : ` ${whereText(address)}`;
  const facts = [
    `gave up after ${Math.round(clock.now() - startedAt.ms)} ms${where}`,
    `wanted ${wantedText(condition)}`,
    ...(last.hasRead ? [`last seen: ${seenText(condition, last.image)}`] : []),
    ...(last.error === undefined ? [] : [`the last read failed: ${whyFailed(last.error)}`]),
  ];
  return facts.join("; ");
}

// A read whose own time was up says so first; what counts is why it got no response.
function whyFailed(error: ImagesError): string {
  const failure = failureOf(error);
  const reason = failure?.kind === "ended" && failure.cause instanceof RpcFailure ? failure.cause : failure;
  return shortened(reason?.message ?? error.message, MAX_REASON_SHOWN);
}
