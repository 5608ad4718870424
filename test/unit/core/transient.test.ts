import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { isTransient, LONG_BACK_OFF, SHORT_BACK_OFF, watchBackOff } from "../../../src/core/transient.js";
import type { ErrorCode } from "../../../src/errors.js";
import { toImagesError } from "../../../src/interceptors/to-images-error.js";
import { Call } from "../../../src/rpc/call.js";
import { RpcFailure, type RpcFailureDetails } from "../../../src/rpc/failure.js";
import { LIST } from "../../../src/rpc/method.js";
import { DEFAULT_RETRY_POLICY } from "../../../src/rpc/retry-policy.js";
import { STATUS_CODES } from "../../../src/rpc/status-codes.js";
import { BackOff } from "../../../src/util/back-off.js";
import { failure } from "../watch/fake-server.js";

const call = new Call({ method: "test", headers: {}, timeoutMs: 1, signal: undefined, retry: DEFAULT_RETRY_POLICY });
call.deadline.release();

/** The error that the client makes of a failure of its connection. */
function reported(details: RpcFailureDetails) {
  return toImagesError(new RpcFailure("on purpose", details), requestOf(LIST), call, "not-applied");
}

describe("watchBackOff", () => {
  it("is short after a request that never reached the server, or got no response", () => {
    const unsent = { evidence: "never-sent" } as const;
    assert.equal(
      watchBackOff(reported({ ...unsent, kind: "unreachable", code: "resource_exhausted" })),
      SHORT_BACK_OFF,
    );
    assert.equal(
      watchBackOff(reported({ ...unsent, kind: "misconfigured", code: "permission_denied" })),
      SHORT_BACK_OFF,
    );
    assert.equal(watchBackOff(reported({ ...unsent, kind: "misconfigured", code: "unavailable" })), SHORT_BACK_OFF);
    assert.equal(
      watchBackOff(reported({ evidence: "no-answer", kind: "broken", code: "unavailable" })),
      SHORT_BACK_OFF,
    );
    assert.equal(
      watchBackOff(reported({ evidence: "no-answer", kind: "ended", code: "deadline_exceeded" })),
      SHORT_BACK_OFF,
    );
  });

  it("depends on the code when the server has responded", () => {
    const answered = { evidence: "answered" } as const;
    assert.equal(watchBackOff(reported({ ...answered, kind: "status", code: "unavailable" })), SHORT_BACK_OFF);
    assert.equal(watchBackOff(reported({ ...answered, kind: "malformed", code: "internal" })), LONG_BACK_OFF);
    assert.equal(watchBackOff(reported({ ...answered, kind: "malformed", code: "resource_exhausted" })), LONG_BACK_OFF);
    assert.equal(watchBackOff(reported({ ...answered, kind: "status", code: "unimplemented" })), undefined);
    assert.equal(watchBackOff(reported({ ...answered, kind: "malformed", code: "unimplemented" })), LONG_BACK_OFF);
    assert.equal(watchBackOff(reported({ ...answered, kind: "misconfigured", code: "permission_denied" })), undefined);
    assert.equal(watchBackOff(reported({ ...answered, kind: "status", code: "invalid_argument" })), undefined);
    assert.equal(watchBackOff(failure("unauthenticated")), undefined);
  });

  it("is what the guide documents", () => {
    const guide = readFileSync(new URL("../../../docs/watching.md", import.meta.url), "utf8");
    const section = guide.slice(guide.indexOf("## Which failures are retried"));
    const rows = section.split("\n").filter((line) => line.startsWith("| `"));
    const [short, long, none] = rows.map((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)]);
    for (const [codes, backOff] of [
      [short, SHORT_BACK_OFF],
      [long, LONG_BACK_OFF],
      [none, undefined],
    ] as const)
      for (const [, code = ""] of codes ?? []) assert.equal(watchBackOff(failure(code as ErrorCode)), backOff, code); // a word that is no code has no back-off
    assert.equal([short, long, none].flat().length, STATUS_CODES.length - 1); // canceled stands for itself
  });

  it("is undefined for an error of another kind", () => {
    assert.equal(watchBackOff(new TypeError("on purpose")), undefined);
  });
});

describe("SHORT_BACK_OFF", () => {
  it("is 800 ms at most, half of it random, so that a thousand watches do not come back at the same moment", () => {
    const long = { ...SHORT_BACK_OFF, minMs: SHORT_BACK_OFF.maxMs };
    assert.equal(new BackOff(() => 0).nextDelayMs(long), 400);
    assert.equal(new BackOff(() => 1).nextDelayMs(long), 800);
  });
});

describe("isTransient", () => {
  it("depends on what happened to the connection first", () => {
    const cause = new Error("EACCES");
    assert.equal(isTransient(reported({ kind: "misconfigured", code: "unavailable", evidence: "never-sent" })), false);
    assert.equal(
      isTransient(reported({ kind: "misconfigured", code: "unavailable", evidence: "never-sent", cause })),
      false,
    );
    assert.equal(
      isTransient(reported({ kind: "unreachable", code: "resource_exhausted", evidence: "never-sent", cause })),
      true,
    );
    assert.equal(isTransient(reported({ kind: "broken", code: "internal", evidence: "never-sent", cause })), true);
  });

  it("depends on the code when the server has responded, or when the time ran out", () => {
    assert.equal(isTransient(reported({ kind: "status", code: "unavailable", evidence: "never-sent" })), true);
    assert.equal(isTransient(reported({ kind: "status", code: "internal", evidence: "never-sent" })), false);
    assert.equal(isTransient(reported({ kind: "malformed", code: "internal", evidence: "never-sent" })), false);
    assert.equal(isTransient(reported({ kind: "ended", code: "deadline_exceeded", evidence: "never-sent" })), true);
    const codes = STATUS_CODES.filter((code) => isTransient(failure(code)));
    assert.deepEqual(codes, ["unknown", "deadline_exceeded", "aborted", "unavailable"]);
  });

  it("is false for an error of another kind", () => {
    assert.equal(isTransient(new TypeError("on purpose")), false);
  });
});
