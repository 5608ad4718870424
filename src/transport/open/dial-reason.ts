import type { ErrorCode } from "../../errors.js";
import type { ConnectProblem } from "../../rpc/failure.js";
import { isError } from "../../util/is-error.js";
import { ERRNOS, type Errno, errnoOf } from "../errno.js";
import { readable, type SystemError, systemErrorOf } from "../system-error.js";
import type { ByteStream } from "./byte-stream.js";

/** Why no connection can be made. */
export type Reason = Omit<Errno, "isHandshakeOnly">;

/** The user's function has returned something that cannot carry HTTP/2. */
export class DialResultError extends Error {}

/** The codes with which an error of `dial` says that a new attempt would not help. */
const FINAL_CODES: readonly ErrorCode[] = [
  "unauthenticated",
  "permission_denied",
  "failed_precondition",
  "invalid_argument",
];

const MISTAKE: Reason = {
  code: "unavailable",
  kind: "misconfigured",
  problem: "unreachable",
  hint: "dial must return a new, open Duplex of node:stream for each call, or a promise of one",
};

/** The problems with the file of a socket. */
const FILE_PROBLEMS: readonly ConnectProblem[] = ["socket-missing", "permission-denied", "not-a-socket"];

/** What an error of the user's function says; `undefined` if it says no more than it would for an address. */
export function dialReason(error: unknown): Reason | undefined {
  const system = systemErrorOf(error);
  if (isMistake(error, system)) return MISTAKE;
  return system && (finalReason(system) ?? fileReason(system));
}

// `fetch` rejects with a TypeError too, but with a system error as its cause.
function isMistake(error: unknown, system: SystemError | undefined): boolean {
  if (error instanceof DialResultError) return true;
  if (!isError(error) || !(error.name === "TypeError" || error.name === "ReferenceError")) return false;
  return system === undefined || (system === error && !Object.hasOwn(ERRNOS, system.code));
}

/**
 * The error with which the caller's code has ended the stream, for example that of a WebSocket which was refused.
 * `undefined` for an error of reading or writing: what HTTP/2 reports about it says more.
 */
export function errorOfCaller(stream: ByteStream): Error | undefined {
  const errored = readable(stream.errored);
  if (!errored) return undefined;
  const { code, syscall }: Partial<SystemError> = errored;
  const isOfBytes = syscall === "read" || syscall === "write" || /^(ERR_HTTP2_|HPE_|ERR_STREAM_)/.test(String(code));
  return isOfBytes ? undefined : errored;
}

function finalReason(error: SystemError): Reason | undefined {
  const code = FINAL_CODES.find((each) => each === error.code);
  return (
    code && {
      code,
      kind: "misconfigured",
      problem: "unreachable",
      hint: "the code of dial's error says that it does not help to try again",
    }
  );
}

// A function that starts a program or reads a key has errors with the same codes as a connection to a socket.
function fileReason(error: SystemError): Reason | undefined {
  const { code, syscall, path } = error;
  const row = errnoOf(error);
  if (syscall === "connect" || !FILE_PROBLEMS.includes(row.problem)) return undefined;
  const what = typeof path === "string" ? path : "a file or a program";
  const how = typeof syscall === "string" ? syscall : code;
  return {
    ...row,
    problem: "unreachable",
    hint: `dial could not use ${what} (${how}): does it exist, and may this process use it?`,
  };
}
