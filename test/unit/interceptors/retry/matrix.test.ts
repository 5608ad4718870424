import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bytesResponse } from "../../../../src/codec/responses.js";
import { type ErrorCode, ImagesError } from "../../../../src/errors.js";
import type { ReadClock } from "../../../../src/interceptors/retry/clock-reader.js";
import { type FailureClass, failureClass, statusClass } from "../../../../src/interceptors/retry/matrix.js";
import { retries } from "../../../../src/interceptors/retry/retry.js";
import type { RpcFailure } from "../../../../src/rpc/failure.js";
import { GET } from "../../../../src/rpc/method.js";
import type { RequestKind } from "../../../../src/rpc/request.js";
import { ManualClock } from "../../../support/manual-clock.js";
import { callOn } from "../calls.js";
import { requests, stored } from "../records.js";
import {
  type Answer,
  failed,
  imageAnswerBytes,
  lost,
  never,
  ScriptedChannel,
  type Sent,
  status,
} from "../scripted-channel.js";

/**
 * The record on the server when it is read back after the first request has failed. `older` is as requested, but from
 * before the call; `undated` is as requested, but the server's clock cannot be read.
 */
type World = "as wanted" | "undated" | "another" | "older" | "none";

/** How the first request fails. */
const failures = {
  unreachable: () => failed("unreachable", "unavailable", "never-sent"),
  "never sent": () => failed("broken", "unavailable", "never-sent"),
  refused: () => failed("broken", "unavailable", "refused"),
  lost,
  unavailable: () => status("unavailable"),
  failed: () => status("internal"),
  expired: () => status("deadline_exceeded"),
  unreadable: () => failed("malformed", "internal", "answered"),
  "canceled by the caller": canceledWith("canceled"),
  "past the deadline": canceledWith("deadline_exceeded"),
  "past the deadline, unsent": () => failed("ended", "deadline_exceeded", "never-sent"),
  final: () => status("invalid_argument"),
  misconfigured: () => failed("misconfigured", "permission_denied", "never-sent"),
  unsupported: () => failed("unsupported", "failed_precondition", "never-sent"),
} as const satisfies Record<string, (sent: Sent) => Answer>;

function canceledWith(code: "canceled" | "deadline_exceeded") {
  return ({ call }: Sent): Answer => {
    setImmediate(() => call.deadline.cancel({ code, message: code }));
    return never;
  };
}

/**
 * The requests that are sent, and how the call ends: `ok`, or code, outcome and attempts of the error. Where it
 * depends on what the server has, one line for each.
 */
type Row = string | Readonly<Partial<Record<World, string>>>;

const nothingSent = {
  unreachable: "unavailable not-applied 0",
  misconfigured: "permission_denied not-applied 0",
  unsupported: "failed_precondition not-applied 0",
  late: "deadline_exceeded not-applied 0",
};

/** Without `sync`, with a condition or without one. */
const deleteRows: Record<keyof typeof failures, Row> = {
  unreachable: `delete → ${nothingSent.unreachable}`,
  "never sent": "delete delete → ok",
  refused: "delete delete → ok",
  lost: okIfNone("unavailable unknown 1"),
  unavailable: okIfNone("unavailable unknown 1"),
  failed: okIfNone("internal unknown 1"),
  expired: okIfNone("deadline_exceeded unknown 1"),
  unreadable: okIfNone("internal unknown 1"),
  "canceled by the caller": "delete → canceled unknown 1",
  "past the deadline": "delete → deadline_exceeded unknown 1",
  "past the deadline, unsent": `delete → ${nothingSent.late}`,
  final: "delete → invalid_argument not-applied 1",
  misconfigured: `delete → ${nothingSent.misconfigured}`,
  unsupported: `delete → ${nothingSent.unsupported}`,
};

/** A delete with a digest is a kind of its own only here. */
type Kind = RequestKind | "conditional-delete";

const table: Record<Kind, Record<keyof typeof failures, Row>> = {
  read: {
    unreachable: `get → ${nothingSent.unreachable}`,
    "never sent": "get get → ok",
    refused: "get get → ok",
    lost: "get get → ok",
    unavailable: "get get → ok",
    failed: "get → internal not-applied 1",
    expired: "get → deadline_exceeded not-applied 1",
    unreadable: "get get → ok",
    "canceled by the caller": "get → canceled not-applied 1",
    "past the deadline": "get → deadline_exceeded not-applied 1",
    "past the deadline, unsent": `get → ${nothingSent.late}`,
    final: "get → invalid_argument not-applied 1",
    misconfigured: `get → ${nothingSent.misconfigured}`,
    unsupported: `get → ${nothingSent.unsupported}`,
  },
  create: {
    unreachable: `create → ${nothingSent.unreachable}`,
    "never sent": "create create → ok",
    refused: "create create → ok",
    lost: {
      "as wanted": "create get → ok",
      undated: "create get → unavailable unknown 1",
      older: "create get → already_exists unknown 1",
      another: "create get → already_exists unknown 1",
      none: "create get → unavailable unknown 1",
    },
    unavailable: {
      "as wanted": "create get → ok",
      undated: "create get → unavailable unknown 1",
      older: "create get → already_exists unknown 1",
      another: "create get → already_exists unknown 1",
      none: "create get create → ok",
    },
    failed: {
      "as wanted": "create get → ok",
      undated: "create get → internal unknown 1",
      older: "create get → already_exists unknown 1",
      another: "create get → already_exists unknown 1",
      none: "create get → internal unknown 1",
    },
    expired: {
      "as wanted": "create get → ok",
      undated: "create get → deadline_exceeded unknown 1",
      older: "create get → already_exists unknown 1",
      another: "create get → already_exists unknown 1",
      none: "create get → deadline_exceeded unknown 1",
    },
    unreadable: {
      "as wanted": "create get → ok",
      undated: "create get → internal unknown 1",
      older: "create get → already_exists unknown 1",
      another: "create get → already_exists unknown 1",
      none: "create get → internal unknown 1",
    },
    "canceled by the caller": "create → canceled unknown 1",
    "past the deadline": "create → deadline_exceeded unknown 1",
    "past the deadline, unsent": `create → ${nothingSent.late}`,
    final: "create → invalid_argument not-applied 1",
    misconfigured: `create → ${nothingSent.misconfigured}`,
    unsupported: `create → ${nothingSent.unsupported}`,
  },
  update: {
    unreachable: `update → ${nothingSent.unreachable}`,
    "never sent": "update update → ok",
    refused: "update update → ok",
    lost: sameButWanted("update get", "unavailable unknown 1"),
    unavailable: sameButWanted("update get", "unavailable unknown 1"),
    failed: sameButWanted("update get", "internal unknown 1"),
    expired: sameButWanted("update get", "deadline_exceeded unknown 1"),
    unreadable: sameButWanted("update get", "internal unknown 1"),
    "canceled by the caller": "update → canceled unknown 1",
    "past the deadline": "update → deadline_exceeded unknown 1",
    "past the deadline, unsent": `update → ${nothingSent.late}`,
    final: "update → invalid_argument not-applied 1",
    misconfigured: `update → ${nothingSent.misconfigured}`,
    unsupported: `update → ${nothingSent.unsupported}`,
  },
  delete: deleteRows,
  "conditional-delete": deleteRows,
  "sync-delete": {
    unreachable: `delete → ${nothingSent.unreachable}`,
    "never sent": "delete delete → ok",
    refused: "delete delete → ok",
    lost: appliedIfNone("unavailable"),
    unavailable: appliedIfNone("unavailable"),
    failed: appliedIfNone("internal"),
    expired: appliedIfNone("deadline_exceeded"),
    unreadable: appliedIfNone("internal"),
    "canceled by the caller": "delete → canceled unknown 1",
    "past the deadline": appliedIfNone("deadline_exceeded"),
    "past the deadline, unsent": `delete → ${nothingSent.late}`,
    final: "delete → invalid_argument not-applied 1",
    misconfigured: `delete → ${nothingSent.misconfigured}`,
    unsupported: `delete → ${nothingSent.unsupported}`,
  },
};

function sameButWanted(sent: string, otherwise: string): Row {
  return { "as wanted": `${sent} → ok`, another: `${sent} → ${otherwise}`, none: `${sent} → ${otherwise}` };
}

function okIfNone(otherwise: string): Row {
  return { none: "delete get → ok", older: `delete get → ${otherwise}`, another: `delete get → ${otherwise}` };
}

function appliedIfNone(code: ErrorCode): Row {
  const otherwise = `delete get → ${code} unknown 1`;
  return { none: `delete get → ${code} applied 1`, older: otherwise, another: otherwise };
}

/** The server's clock shows this when the test's shows 0. */
const SERVER_START = Date.UTC(2026, 0, 1);

function server(world: World): Uint8Array | ReturnType<typeof status> {
  switch (world) {
    case "as wanted":
    case "undated":
      return imageAnswerBytes(stored(new Date(SERVER_START)));
    case "older":
      return imageAnswerBytes(stored(new Date(SERVER_START - 60_000)));
    case "another":
      return imageAnswerBytes(stored(new Date(SERVER_START), { digest: `sha256:${"b".repeat(64)}` }));
    case "none":
      return status("not_found");
  }
}

async function outcomeOf(kind: Kind, failure: keyof typeof failures, world: World): Promise<string> {
  const clock = new ManualClock();
  const call = callOn(clock);
  const channel = new ScriptedChannel((sent) => {
    if (channel.sent.length === 1) return failures[failure](sent);
    if (sent.request.method !== GET) return imageAnswerBytes(stored(new Date()));
    return kind === "read" ? imageAnswerBytes(stored(new Date())) : server(world);
  });
  const readClock: ReadClock = async function* (serverClock) {
    if (world === "undated") return;
    serverClock.learn(SERVER_START + clock.now(), clock.now());
    yield;
  };
  const request = requests[kind === "read" ? "get" : kind];
  const sending = retries({ clock, readClock })(channel).unary(request, call, bytesResponse);
  const outcome = await clock.until(sending).then(() => "ok", told);
  call.deadline.release();
  assert.equal(clock.pending, 0, "a timer is left");
  return `${channel.methods} → ${outcome}`;
}

function told(error: unknown): string {
  assert.ok(error instanceof ImagesError, String(error));
  return `${error.code} ${error.outcome} ${error.attempts}`;
}

for (const [kind, rows] of Object.entries(table)) {
  describe(kind, () => {
    for (const [failure, row] of Object.entries(rows)) {
      const lines = typeof row === "string" ? { none: row, older: row } : row;
      for (const [world, expected] of Object.entries(lines)) {
        it(`${failure}, and the server has ${world}`, async () => {
          // The keys of the table are these types.
          const actual = await outcomeOf(kind as Kind, failure as keyof typeof failures, world as World);
          assert.equal(actual, expected);
        });
      }
    }
  });
}

it("each status says whether the server may have acted", () => {
  const classes: Record<ErrorCode, string> = {
    unavailable: "unavailable",
    deadline_exceeded: "expired",
    canceled: "expired",
    unknown: "failed",
    internal: "failed",
    data_loss: "failed",
    aborted: "failed",
    resource_exhausted: "failed",
    invalid_argument: "final",
    not_found: "final",
    already_exists: "final",
    permission_denied: "final",
    failed_precondition: "final",
    out_of_range: "final",
    unimplemented: "final",
    unauthenticated: "final",
  };
  // The keys are all codes.
  for (const [code, expected] of Object.entries(classes)) assert.equal(statusClass(code as ErrorCode), expected, code);
});

it("each kind of failure says what is known of the request", () => {
  const cases: readonly (readonly [RpcFailure, FailureClass])[] = [
    [failed("unreachable", "unavailable", "never-sent"), "unreachable"],
    [failed("ended", "canceled", "no-answer"), "ended"],
    [failed("misconfigured", "permission_denied", "never-sent"), "final"],
    [failed("unsupported", "failed_precondition", "never-sent"), "final"],
    [failed("malformed", "internal", "answered"), "unreadable"],
    [failed("broken", "unavailable", "never-sent"), "unprocessed"],
    [failed("broken", "unavailable", "refused"), "unprocessed"],
    [failed("broken", "unavailable", "no-answer"), "lost"],
    [failed("broken", "unavailable", "answered"), "lost"],
    [failed("status", "unavailable", "never-sent"), "unprocessed"],
    [failed("status", "unavailable", "answered"), "unavailable"],
    [failed("status", "internal", "never-sent"), "failed"],
    [failed("status", "not_found", "answered"), "final"],
  ];
  for (const [failure, expected] of cases)
    assert.equal(failureClass(failure), expected, `${failure.message}, ${failure.evidence}`);
});
