import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestOf } from "../../../src/codec/request.js";
import { toImagesError } from "../../../src/interceptors/to-images-error.js";
import { Call } from "../../../src/rpc/call.js";
import { type FailureKind, RpcFailure } from "../../../src/rpc/failure.js";
import { LIST } from "../../../src/rpc/method.js";
import { defaultRetryPolicy } from "../../../src/rpc/retry-policy.js";
import { isTransient } from "../../../src/watch/transient.js";
import { failure } from "./fake-server.js";

const call = new Call({ method: "test", headers: {}, timeoutMs: 1, signal: undefined, retry: defaultRetryPolicy });
call.deadline.release();

/** What the client makes of a failure of its connection. */
function reported(kind: FailureKind, code: RpcFailure["code"], cause?: Error) {
  const wire = new RpcFailure("on purpose", { kind, code, cause, evidence: "never-sent" });
  return toImagesError(wire, requestOf(LIST), call, "not-applied");
}

describe("isTransient", () => {
  it("goes by what happened to the connection first", () => {
    const cause = new Error("EACCES");
    assert.equal(isTransient(reported("misconfigured", "unavailable")), false);
    assert.equal(isTransient(reported("misconfigured", "unavailable", cause)), false);
    assert.equal(isTransient(reported("unreachable", "resource_exhausted", cause)), true);
    assert.equal(isTransient(reported("broken", "internal", cause)), true);
  });

  it("goes by the code where the server has answered or the time ran out", () => {
    assert.equal(isTransient(reported("status", "unavailable")), true);
    assert.equal(isTransient(reported("status", "internal")), false);
    assert.equal(isTransient(reported("malformed", "internal")), false);
    assert.equal(isTransient(reported("ended", "deadline_exceeded")), true);
    assert.equal(isTransient(failure("unavailable")), true);
    assert.equal(isTransient(failure("resource_exhausted")), false);
  });

  it("does not take a defect for something that passes", () => {
    assert.equal(isTransient(new TypeError("on purpose")), false);
  });
});
