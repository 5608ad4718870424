import type { ClientCalls } from "../core/client-calls.js";
import { defaultTimeoutMs } from "../core/client-settings.js";
import { CLIENT_CLOSED } from "../core/in-flight-calls.js";
import { isTransient } from "../core/transient.js";
import { WAIT_FOR_FIRST_DELAY_MS, WAIT_FOR_MAX_DELAY_MS } from "../defaults.js";
import { ImagesError, isImagesError } from "../errors.js";
import { isFilter, matches } from "../filters/index.js";
import type { Image, Labels } from "../image.js";
import { shortNameHint } from "../interceptors/short-name-hint.js";
import { callError, failureOf } from "../interceptors/to-images-error.js";
import type { RecordPattern, WaitCondition, WaitOptions } from "../options.js";
import type { AttemptCount } from "../rpc/call.js";
import { type Cancellation, Deadline } from "../rpc/deadline.js";
import { BackOff, type BackOffLimits } from "../util/back-off.js";
import { CallSite } from "../util/call-site.js";
import { findImage } from "./find.js";

/** What to wait for, and how to read the record. */
export interface Wait {
  readonly name: string;
  readonly namespace: string;
  readonly condition: WaitCondition;
  /** Counts the requests of all reads. */
  readonly attempts: AttemptCount;
  /** Reads the record, within `timeoutMs` at most. */
  read(timeoutMs: number): Promise<Image | undefined>;
}

const POLL_DELAYS: BackOffLimits = { minMs: WAIT_FOR_FIRST_DELAY_MS, maxMs: WAIT_FOR_MAX_DELAY_MS, jitter: 0 };

/** Reads a record again and again until the condition holds; the wait ends when the client is closed. */
export async function waitForImage(
  calls: ClientCalls,
  wait: Pick<Wait, "name" | "condition">,
  options: WaitOptions,
): Promise<Image | undefined> {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
  const longestMs = defaultTimeoutMs(calls.settings);
  const attempts = { total: 0 };
  const deadline = new Deadline({ timeoutMs, signal }, calls.clock);
  const unsubscribe = calls.onClose(() => deadline.cancel(CLIENT_CLOSED));
  const read = (timeLeftMs: number) =>
    findImage(calls, "waitFor", wait.name, { ...options, timeoutMs: Math.min(timeLeftMs, longestMs), attempts });
  try {
    return await waitFor(deadline, { ...wait, namespace: calls.settings.namespace, attempts, read });
  } catch (error) {
    throw isImagesError(error) ? new CallSite().mark(error) : error;
  } finally {
    unsubscribe();
    deadline.release();
  }
}

/** What the last read gave: a record, nothing, or an error. */
type LastRead = Image | undefined | ImagesError;

/** Reads again and again until the condition holds; `deadline` says when to give up. */
export async function waitFor(deadline: Deadline, wait: Wait): Promise<Image | undefined> {
  const backOff = new BackOff();
  let last: LastRead;
  for (;;) {
    try {
      const image = await wait.read(deadline.timeLeftMs());
      if (holds(wait.condition, image)) return image;
      last = image;
    } catch (error) {
      if (!(error instanceof ImagesError) || (deadline.cancellation === undefined && !mayPass(error))) throw error;
      last = error;
    }
    await deadline.sleep(backOff.nextDelayMs(POLL_DELAYS), "answered").catch(() => {});
    if (deadline.cancellation !== undefined) throw canceledError(deadline.cancellation, wait, last);
  }
}

function holds(condition: WaitCondition, image: Image | undefined): boolean {
  if (condition === "absent" || image === undefined) return condition === "absent" && image === undefined;
  if (condition === "present") return true;
  return isFilter(condition) ? matches(condition, image) : fits(condition, image);
}

function fits({ digest, labels = {} }: RecordPattern, image: Image): boolean {
  const isThere = digest === undefined || image.target.digest === digest;
  return isThere && Object.entries(labels).every(([key, value]) => labelOf(image.labels, key) === value);
}

function labelOf(labels: Labels, key: string): string | null {
  return Object.hasOwn(labels, key) ? (labels[key] ?? null) : null;
}

// `unreachable` is not waited for again: the read has already waited as long as `waitForDaemonMs` says.
function mayPass(error: ImagesError): boolean {
  return isTransient(error) && failureOf(error)?.kind !== "unreachable";
}

function canceledError(cancellation: Cancellation, wait: Wait, last: LastRead): ImagesError {
  const { name, namespace, condition, attempts } = wait;
  const isLate = cancellation.code === "deadline_exceeded";
  const state = typeof condition === "string" ? condition : "as it should be";
  const what = isLate ? `still not ${state} when the time was up` : cancellation.message;
  // If the last read failed, its failure explains why the time ran out; a cancellation needs no explanation.
  const reason = isLate && last instanceof ImagesError ? last : undefined;
  return callError(reason === undefined ? what : `${what}: ${failureOf(reason)?.message ?? reason.message}`, {
    code: cancellation.code,
    method: "waitFor",
    namespace,
    imageName: name,
    attempts: attempts.total,
    outcome: "not-applied",
    hint: isLate && last === undefined ? shortNameHint(name) : reason?.hint,
    cause: cancellation.cause ?? reason,
  });
}
