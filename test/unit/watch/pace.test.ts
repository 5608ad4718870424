import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { requestOf } from "../../../src/codec/request.js";
import type { ErrorCode } from "../../../src/errors.js";
import { toImagesError } from "../../../src/interceptors/to-images-error.js";
import { Call } from "../../../src/rpc/call.js";
import { RpcFailure, type RpcFailureDetails } from "../../../src/rpc/failure.js";
import { LIST } from "../../../src/rpc/method.js";
import { defaultRetryPolicy } from "../../../src/rpc/retry-policy.js";
import { statusCodes } from "../../../src/rpc/status-codes.js";
import { LATER, paceAfter, SOON } from "../../../src/watch/pace.js";
import { failure } from "./fake-server.js";

const call = new Call({ method: "test", headers: {}, timeoutMs: 1, signal: undefined, retry: defaultRetryPolicy });
call.deadline.release();

/** What the client makes of a failure of its connection. */
function reported(details: RpcFailureDetails) {
  return toImagesError(new RpcFailure("on purpose", details), requestOf(LIST), call, "not-applied");
}

describe("paceAfter", () => {
  it("comes back soon to a server that cannot be reached, or not yet", () => {
    const unsent = { evidence: "never-sent" } as const;
    assert.equal(paceAfter(reported({ ...unsent, kind: "unreachable", code: "resource_exhausted" })), SOON);
    assert.equal(paceAfter(reported({ ...unsent, kind: "misconfigured", code: "permission_denied" })), SOON);
    assert.equal(paceAfter(reported({ ...unsent, kind: "misconfigured", code: "unavailable" })), SOON);
    assert.equal(paceAfter(reported({ evidence: "no-answer", kind: "broken", code: "unavailable" })), SOON);
    assert.equal(paceAfter(reported({ evidence: "no-answer", kind: "ended", code: "deadline_exceeded" })), SOON);
  });

  it("goes by the code where the server has answered", () => {
    const answered = { evidence: "answered" } as const;
    assert.equal(paceAfter(reported({ ...answered, kind: "status", code: "unavailable" })), SOON);
    assert.equal(paceAfter(reported({ ...answered, kind: "malformed", code: "internal" })), LATER);
    assert.equal(paceAfter(reported({ ...answered, kind: "malformed", code: "resource_exhausted" })), LATER);
    assert.equal(paceAfter(reported({ ...answered, kind: "misconfigured", code: "permission_denied" })), undefined);
    assert.equal(paceAfter(reported({ ...answered, kind: "status", code: "invalid_argument" })), undefined);
    assert.equal(paceAfter(failure("unauthenticated")), undefined);
  });

  it("is what the guide says", () => {
    const guide = readFileSync(new URL("../../../docs/watching.md", import.meta.url), "utf8");
    const rows = guide.split("\n").filter((line) => line.startsWith("| `"));
    const [soon, later, never] = rows.map((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)]);
    for (const [codes, pace] of [
      [soon, SOON],
      [later, LATER],
      [never, undefined],
    ] as const)
      for (const [, code = ""] of codes ?? []) assert.equal(paceAfter(failure(code as ErrorCode)), pace, code); // a name that is none has no pace
    assert.equal([soon, later, never].flat().length, statusCodes.length - 1); // canceled stands for itself
  });

  it("does not take a defect for something that passes", () => {
    assert.equal(paceAfter(new TypeError("on purpose")), undefined);
  });
});
