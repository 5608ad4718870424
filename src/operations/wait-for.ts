import type { ClientCalls } from "../core/client-calls.js";
import { encodeGet } from "../codec/requests.js";
import { ImagesError } from "../errors.js";
import { isFilter, matches } from "../filters/index.js";
import type { Image, Labels } from "../image.js";
import type { RecordPattern, WaitCondition, WaitOptions } from "../options.js";
import { metadataOf, defaultTimeoutMs } from "../core/client-settings.js";
import { failureOf } from "../interceptors/to-images-error.js";
import { isTransient } from "../core/transient.js";
import { BackOff, type BackOffLimits } from "../util/back-off.js";
import { Call, type Cancellation, namespaceOf } from "../rpc/call.js";
import { GET } from "../rpc/method.js";
import { findImage } from "./find.js";

/** One wait: whose name, for what, and how to look. */
export interface Wait {
  readonly name: string;
  readonly condition: WaitCondition;
  /** Reads the record, within `timeoutMs` at most. */
  read(timeoutMs: number): Promise<Image | undefined>;
}

// What happens at once is seen within 50 ms. What takes longer is seen late by about as long as it has taken, and by a
// second at most: one small read a second costs the daemon nothing.
const POLL_DELAYS: BackOffLimits = { minMs: 50, maxMs: 1_000, jitter: 0 };

const CLOSED: Cancellation = { code: "unavailable", message: "the client was closed" };

/** Waits for a record by asking again and again; ends with the client. */
export async function waitForImage(
  caller: ClientCalls,
  wait: Pick<Wait, "name" | "condition">,
  options: WaitOptions,
): Promise<Image | undefined> {
  const { settings: scope } = caller;
  const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
  const longest = defaultTimeoutMs(scope, GET, encodeGet(wait.name));
  const call = new Call({ headers: metadataOf(scope), timeoutMs, signal, retry: scope.retry });
  const forget = caller.onClose(() => call.cancel(CLOSED));
  const read = (timeLeftMs: number) =>
    findImage(caller, wait.name, { ...options, timeoutMs: Math.min(timeLeftMs, longest) });
  try {
    return await waitFor(call, { ...wait, read });
  } finally {
    forget();
    call.release();
  }
}

/** Looks again and again until the condition holds; `call` says when to give up. */
export async function waitFor(call: Call, wait: Wait): Promise<Image | undefined> {
  const backOff = new BackOff();
  let lastError: ImagesError | undefined;
  for (let looks = 1; ; looks += 1) {
    try {
      const image = await wait.read(call.timeLeftMs());
      if (holds(wait.condition, image)) return image;
      lastError = undefined;
    } catch (error) {
      if (!(error instanceof ImagesError) || (call.ending === undefined && !mayPass(error))) throw error;
      lastError = error;
    }
    await call.sleep(backOff.nextDelayMs(POLL_DELAYS), "answered").catch(() => {});
    if (call.ending !== undefined) throw ended(call, call.ending, wait, lastError, looks);
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

// Where nothing listens, the call has already waited as long as its client says that it makes sense.
function mayPass(error: ImagesError): boolean {
  return isTransient(error) && failureOf(error)?.kind !== "unreachable";
}

function ended(call: Call, ending: Cancellation, wait: Wait, last: ImagesError | undefined, looks: number): ImagesError {
  const { name, condition } = wait;
  const isLate = ending.code === "deadline_exceeded";
  const state = typeof condition === "string" ? condition : "as it should be";
  const text = `waitFor ${JSON.stringify(name)}: ${isLate ? `still not ${state} when the time was up` : ending.message}`;
  // What kept a look from being answered tells why the time went by; that it was cut short does not.
  const reason = isLate ? last : undefined;
  return new ImagesError(reason === undefined ? text : `${text}: ${reason.message}`, {
    code: ending.code,
    method: "waitFor",
    namespace: namespaceOf(call),
    imageName: name,
    attempts: looks,
    outcome: "not-applied",
    hint: reason?.hint,
    cause: ending.cause ?? reason,
  });
}
