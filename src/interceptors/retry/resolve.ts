import { imageResponse } from "../../codec/responses.js";
import { msOf } from "../../codec/times.js";
import { FINAL_READ_TIMEOUT_MS } from "../../defaults.js";
import { LABEL_GC_EXPIRE } from "../../labels.js";
import { type Call, withOwnCall } from "../../rpc/call.js";
import { canceledAfter } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Channel, Invoker, ServerChange } from "../../rpc/invoker.js";
import type { Request } from "../../rpc/request.js";
import { MalformedMessage } from "../../rpc/response-decoder.js";
import { failureOf } from "../error-of-call.js";
import type { ReadClock } from "./clock-reader.js";
import type { FailureClass } from "./matrix.js";
import { type ReadBackResult, readBack } from "./read-back.js";
import type { Order, ServerClock } from "./server-clock.js";

/** A write that failed, and may have been applied. */
interface UnsettledWrite {
  readonly request: Request;
  readonly call: Call;
  readonly failure: RpcFailure;
  readonly failureClass: FailureClass;
}

/** What reading back needs of the retries around it. */
export interface ReadingContext {
  /** Sends one request. */
  readonly channel: Channel;
  /** Sends a request with retries; for reading back. */
  readonly retrying: Invoker;
  readonly serverClock: ServerClock;
  readonly readClock: ReadClock;
}

/**
 * What follows from reading back.
 *
 * - `succeed`: the requested state was reached; this is the response that was lost.
 * - `retry`: the request may be sent again.
 * - `fail`: this failure says what happened.
 * - `leave-open`: nothing could be found out.
 */
type Verdict =
  | { readonly next: "succeed"; readonly response: Uint8Array }
  | { readonly next: "retry" }
  | { readonly next: "fail"; readonly failure: RpcFailure; readonly outcome?: "applied" }
  | { readonly next: "leave-open" };

const LEAVE_OPEN = { next: "leave-open" } as const satisfies Verdict;

/** Whether a write is read back: while its call lasts, and a sync delete also after its deadline. */
export function isReadBack(write: UnsettledWrite): boolean {
  const { call, failure } = write;
  if (failure.evidence === "never-sent" || call.retry.maxAttempts === 1) return false;
  return call.deadline.cancellation === undefined || isExpiredSync(write);
}

function isExpiredSync({ request, call, failure }: UnsettledWrite): boolean {
  const codes = [failure.code, call.deadline.cancellation?.code];
  return request.kind === "sync-delete" && codes.includes("deadline_exceeded");
}

// When the deadline of a sync delete has passed, its record is read with a short call of its own.
function withReadingCall<T>(write: UnsettledWrite, use: (call: Call) => Promise<T>): Promise<T> {
  if (!isExpiredSync(write)) return use(write.call);
  const { method, headers, retry, deadline } = write.call;
  return withOwnCall({ method, headers, retry, timeoutMs: FINAL_READ_TIMEOUT_MS }, deadline.clock, use);
}

/** Reads back what became of a write, and decides what follows; docs/architecture.md has the reasons. */
export async function resolve(write: UnsettledWrite, context: ReadingContext): Promise<Verdict> {
  const verdict = await withReadingCall(write, (reading) =>
    reading.uncounted(() => verdictOn(write, reading, context)),
  );
  return verdict.next === "succeed" && mayLackLease(write, verdict.response) ? LEAVE_OPEN : verdict;
}

async function verdictOn(write: UnsettledWrite, reading: Call, context: ReadingContext): Promise<Verdict> {
  const { request, failure, failureClass } = write;
  let change: ServerChange | undefined;
  try {
    // This comes before the record is read: a process that is gone by then cannot change the record after the read.
    if (failureClass === "lost") change = await context.channel.serverChangeSince(failure.connection, reading);
    if (change === "other-server") return stopped(write);
    return await conclude(write, await readBack(context.retrying, request, reading), context);
  } catch (error) {
    const reason = error instanceof RpcFailure ? error : failureOf(error);
    if (error instanceof MalformedMessage) return LEAVE_OPEN; // a record of `raw` that cannot be compared
    if (reason === undefined) throw error;
    return reason.code === "not_found" ? recordIsGone(write, change === "restarted") : stopped(write, reason.hint);
  }
}

// A writer can choose dates, so they are proof only together with the server's clock. A record that is not as requested
// may be another client's, so it is neither deleted nor written again.
async function conclude(write: UnsettledWrite, result: ReadBackResult, context: ReadingContext): Promise<Verdict> {
  switch (result.state) {
    case "reached":
      return { next: "succeed", response: result.response };
    case "reached-if-written-now": {
      const order = await orderInCall(write.call, msOf(result.writtenNs), context);
      if (order === "inside") return { next: "succeed", response: result.response };
      if (order === "outside" && result.isElseAnother) return takenByAnother(write);
      return write.call.deadline.cancellation === undefined ? LEAVE_OPEN : stopped(write);
    }
    case "another":
      return takenByAnother(write);
    case "changed":
      return LEAVE_OPEN;
  }
}

// A record does not show which leases hold it. One that can expire is deleted if none does.
function mayLackLease({ request: { kind }, call }: UnsettledWrite, response: Uint8Array): boolean {
  if ((kind !== "create" && kind !== "update") || call.headers["containerd-lease"] === undefined) return false;
  return Object.hasOwn(imageResponse.whole(response).labels, LABEL_GC_EXPIRE);
}

function recordIsGone({ request, failure, failureClass }: UnsettledWrite, hasRestarted: boolean): Verdict {
  switch (request.kind) {
    case "delete":
      return { next: "succeed", response: new Uint8Array() };
    case "sync-delete":
      // It is not known whether the garbage collection has ended.
      return { next: "fail", failure: failure.with({ hint: "the record is gone" }), outcome: "applied" };
    case "create":
      // A create may be sent again only if the lost one can never be applied, or if the server did not accept it.
      return hasRestarted || failureClass === "unavailable" ? { next: "retry" } : LEAVE_OPEN;
    case "update":
    case "read":
      return LEAVE_OPEN;
  }
}

/** Compares a time of the server with the call; reads the server's clock if too little is known about it. */
async function orderInCall(call: Call, serverMs: number, { serverClock, readClock }: ReadingContext): Promise<Order> {
  const order = () => serverClock.order(serverMs, call.deadline.startedAt);
  if (order() !== "unknown") return order();
  for await (const _ of readClock(serverClock, call)) if (order() !== "unknown") break;
  return order();
}

function takenByAnother({ failure }: UnsettledWrite): Verdict {
  const taken = new RpcFailure(`it failed (${failure.message}), and another record has the name now`, {
    code: "already_exists",
    evidence: failure.evidence,
    kind: "status",
    cause: failure,
  });
  return { next: "fail", failure: taken };
}

// What happened to the write says more than that the time has passed, or that its record could not be read.
function stopped({ call, failure }: UnsettledWrite, why?: string): Verdict {
  const { cancellation: end } = call.deadline;
  const known = failure.with({ hint: failure.hint ?? why });
  // If both are the deadline, one of them says everything.
  const isSame = end?.code === "deadline_exceeded" && failure.code === end.code;
  return { next: "fail", failure: end === undefined || isSame ? known : canceledAfter(known, end, "no-answer") };
}
