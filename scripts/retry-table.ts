import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "../src/errors.js";
import { type Action, FAILURE_MEANINGS, failureClass, RETRY_MATRIX } from "../src/interceptors/retry/matrix.js";
import type { Evidence } from "../src/options.js";
import { type FailureKind, RpcFailure } from "../src/rpc/failure.js";
import type { RequestKind } from "../src/rpc/request.js";
import { STATUS_CODES } from "../src/rpc/status-codes.js";
import { httpFailure } from "../src/transport/http2/http-status.js";

/*
 * Makes the table of `docs/errors-and-retry.md` that says what is retried, from the retry matrix, and prints it. With
 * `--write` it writes the table into the guide. A test fails if the guide differs.
 */

const guide = fileURLToPath(new URL("../docs/errors-and-retry.md", import.meta.url));
const START = "<!-- This table is made by scripts/retry-table.ts. -->\n\n";
const END = "\n\n<!-- End of the table. -->";

const columns: Readonly<Record<RequestKind, string>> = {
  read: "reads",
  create: "`create`",
  update: "`update`",
  delete: "`delete`, also with `ifTarget`",
  "sync-delete": "`delete` with `sync`",
};

/** A failure, in the words of the guide. */
interface Failure {
  readonly words: string;
  readonly failure: RpcFailure;
}

const failures: readonly Failure[] = [
  { words: "nothing listens at the address, or the host cannot be found", failure: made("unreachable", "never-sent") },
  { words: "the connection broke before the request was sent", failure: made("broken", "never-sent") },
  { words: "the peer says that it did not process the request (HTTP/2)", failure: made("broken", "refused") },
  { words: "the connection or the stream broke after the request was sent", failure: made("broken", "no-answer") },
  ...STATUS_CODES.map((code) => ({ words: `\`${code}\``, failure: made("status", "answered", code) })),
  ...[429, 502, 503, 504, 408].map((status) => ({ words: `HTTP ${status}`, failure: httpFailure(status) })),
  { words: "every other HTTP status outside 400 to 499", failure: httpFailure(500) },
  { words: "every other HTTP status from 400 to 499", failure: httpFailure(404) },
  { words: "the user may not use the socket", failure: made("misconfigured", "never-sent", "permission_denied") },
  { words: "a certificate is not accepted", failure: made("misconfigured", "never-sent") },
  { words: "the peer is not a gRPC server", failure: made("misconfigured", "never-sent") },
  { words: "the server is too old for the request", failure: made("unsupported", "never-sent", "failed_precondition") },
  { words: "it is not gRPC or not the expected message", failure: made("malformed", "answered", "internal") },
  { words: "your deadline, or an `AbortSignal.timeout()`", failure: made("ended", "no-answer", "deadline_exceeded") },
  { words: "any other `signal`, or `close`", failure: made("ended", "no-answer", "canceled") },
];

function made(kind: FailureKind, evidence: Evidence, code: ErrorCode = "unavailable"): RpcFailure {
  return new RpcFailure("", { kind, evidence, code });
}

/** The table in Markdown. Failures of one class that are handled in the same way share a row. */
export function retryTable(): string {
  const rows = new Map<string, string[]>();
  for (const { words, failure } of failures.toSorted((a, b) => classIndex(a) - classIndex(b))) {
    const row = rowOf(failure);
    rows.set(row, [...(rows.get(row) ?? []), words]);
  }
  const lines = [...rows].map(([row, words]) => row.replace(WORDS, words.join(", ")));
  return [line(["what happened", ...Object.values(columns)]), `|${"---|".repeat(6)}`, ...lines].join("\n");
}

function classIndex({ failure }: Failure): number {
  return Object.keys(FAILURE_MEANINGS).indexOf(failureClass(failure));
}

const WORDS = "{words}";

// The row of a failure, with a place for the words of all failures that share it.
function rowOf(failure: RpcFailure): string {
  const kinds = Object.keys(columns) as RequestKind[]; // its keys are these
  const meaning = FAILURE_MEANINGS[failureClass(failure)];
  return line([`${meaning}: ${WORDS}`, ...kinds.map((kind) => cell(kind, failure))]);
}

function cell(kind: RequestKind, failure: RpcFailure): string {
  const action = actionOf(kind, failure);
  return action === "stop" ? reported(kind, failure) : actionWords[action] + note(kind, failure);
}

const actionWords: Readonly<Record<Exclude<Action, "stop">, string>> = {
  retry: "retried",
  "retry-once": "retried once",
  "read-back": "read back",
};

// A sync delete is read back only after its deadline: after a signal or a close, nothing more is sent.
function actionOf(kind: RequestKind, failure: RpcFailure): Action {
  return failure.code === "canceled" && failure.kind === "ended" ? "stop" : RETRY_MATRIX[kind][failureClass(failure)];
}

function reported(kind: RequestKind, failure: RpcFailure): string {
  const isOpen = kind !== "read" && failureClass(failure) === "ended";
  return isOpen ? "reported as `unknown`, if it was sent" : "reported as `not-applied`";
}

function note(kind: RequestKind, failure: RpcFailure): string {
  const what = failureClass(failure);
  if (what === "ended") return ", in 200 ms at most";
  if (kind !== "create") return "";
  if (what === "unavailable") return "; retried if there is no record";
  return what === "lost" ? "; retried if there is no record and the daemon is known to have restarted" : "";
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** The guide with this table between its marks. */
export function withTable(text: string, table: string): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start) throw new Error("the guide has no marks for the table");
  return text.slice(0, start + START.length) + table + text.slice(end);
}

export function readGuide(): string {
  return readFileSync(guide, "utf8");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--write")) writeFileSync(guide, withTable(readGuide(), retryTable()));
  else console.log(retryTable());
}
