import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getRequest } from "../../../src/codec/requests.js";
import { failureOf } from "../../../src/interceptors/error-of-call.js";
import { codeOf, toImagesError } from "../../../src/interceptors/to-images-error.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import type { Request } from "../../../src/rpc/request.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "./calls.js";
import { requests } from "./records.js";
import { failed, lost, status } from "./scripted-channel.js";

function errorOf(failure: RpcFailure, request: Request = requests.get, method = "test") {
  const rpc = method === "replace" ? "update" : undefined;
  return toImagesError(failure, request, callOn(new ManualClock(), { method, rpc }), "not-applied");
}

describe("the error of a call", () => {
  it("has a hint for the statuses of a server that is not what it seems", () => {
    assert.match(errorOf(status("failed_precondition")).hint ?? "", /drop the containerd-namespace header/);
    const others = "containerd's own TCP port serves no images, nor do the sockets of BuildKit and CRI-O: use .*";
    // A Connect transport reports both in the same way: that there is no such service, and no or a second message.
    for (const failure of [status("unimplemented"), failed("malformed", "unimplemented", "answered")])
      assert.match(errorOf(failure).hint ?? "", new RegExp(`^${others}`));
    const ofCreate = errorOf(status("unimplemented"), requests.create).hint ?? "";
    assert.match(ofCreate, new RegExp(`^a server before containerd 1.0 has no Create; ${others}`));
  });

  it("has no hint for other statuses, and for other failures with these codes", () => {
    assert.equal(errorOf(status("aborted")).hint, undefined);
    assert.equal(errorOf(failed("unsupported", "failed_precondition", "never-sent")).hint, undefined);
    assert.equal(errorOf(failed("malformed", "failed_precondition", "answered")).hint, undefined);
  });

  it("has a hint for a short name that was not found", () => {
    const hint = /^Docker and CRI store records under full names: .* as "docker\.io\/library\/app:1"$/;
    for (const kind of ["get", "update", "delete"] as const)
      assert.match(errorOf(status("not_found"), requests[kind]).hint ?? "", hint, kind);
    assert.equal(errorOf(status("not_found"), requests.create).hint, undefined, "the lease was not found");
    assert.equal(errorOf(status("not_found"), getRequest("docker.io/library/app:1")).hint, undefined);
    assert.equal(errorOf(failed("broken", "not_found", "no-answer")).hint, undefined);
  });

  it("has a hint for a name that is taken, if another method would have succeeded", () => {
    const hint = (method: string, request: Request) => errorOf(status("already_exists"), request, method).hint;
    assert.match(hint("create", requests.create) ?? "", /^upsert\(\) creates a record/);
    assert.match(hint("tag", requests.create) ?? "", /^with \{ force: true \} tag\(\) changes/);
    assert.equal(hint("upsert", requests.create), undefined);
    const uncertain = (method: string) =>
      toImagesError(status("already_exists"), requests.create, callOn(new ManualClock(), { method }), "unknown").hint;
    assert.match(uncertain("create") ?? "", /^upsert\(\) creates a record/);
    assert.equal(uncertain("tag"), undefined, "it may have had force");
    assert.equal(errorOf(status("aborted"), requests.create, "create").hint, undefined);
    assert.equal(errorOf(status("aborted"), requests.create, "tag").hint, undefined);
  });

  it("names the RPC that failed, unless the method makes only this one, or is named like it", () => {
    const message = (method: string, request: Request) => errorOf(status("aborted"), request, method).message;
    const where = '"app:1" in namespace "default"';
    assert.equal(message("create", requests.create), `create ${where}: status aborted`);
    assert.equal(message("replace", requests.update), `replace ${where}: status aborted`);
    assert.equal(message("tag", requests.create), `tag ${where}: create: status aborted`);
  });

  it("has a hint for a deadline that passed before the request was sent, also if the call had sent another one", () => {
    const failure = failed("ended", "deadline_exceeded", "never-sent");
    const hint = "it waited for its turn: allow more time, or start fewer calls; diagnose() finds out more";
    assert.equal(errorOf(failure).hint, hint);
    assert.equal(errorOf(failed("ended", "canceled", "never-sent")).hint, undefined);
    const sent = callOn(new ManualClock(), { method: "upsert" });
    sent.attempts.total = 1; // its create, which found a record
    assert.equal(toImagesError(failure, requests.update, sent, "not-applied").hint, hint);
  });

  it("has a hint for a deadline that passed without an answer", () => {
    const sent = callOn(new ManualClock());
    sent.attempts.total = 1;
    const hint = (failure: RpcFailure) => toImagesError(failure, requests.get, sent, "not-applied").hint;
    assert.match(
      hint(failed("ended", "deadline_exceeded", "no-answer")) ?? "",
      /^the daemon is overloaded, frozen or gone, or/,
    );
    assert.equal(hint(failed("ended", "canceled", "no-answer")), undefined);
    assert.equal(hint(failed("ended", "unavailable", "no-answer")), undefined);
  });

  it("has the failure's own hint first", () => {
    const details = { code: "unimplemented", kind: "status", evidence: "answered", hint: "own" } as const;
    assert.equal(errorOf(new RpcFailure("no", details)).hint, "own");
  });

  it("has what went wrong underneath as its cause, and nothing if there is no more to know", () => {
    const cause = new Error("from the system");
    assert.equal(errorOf(failed("broken", "unavailable", "no-answer", { cause })).cause, cause);
    assert.equal(errorOf(failed("ended", "canceled", "no-answer", { cause })).cause, cause);
    assert.equal(errorOf(failed("ended", "deadline_exceeded", "no-answer")).cause, undefined);
    for (const kind of ["status", "malformed"] as const)
      assert.ok(!("cause" in errorOf(failed(kind, "internal", "answered", { cause }))), kind);
    const failure = lost();
    assert.ok(!("cause" in errorOf(failure)));
    assert.equal(failureOf(errorOf(failure)), failure);
  });

  it("has the cause of the innermost failure, and never a failure itself", () => {
    const cause = Object.assign(new Error("connect ENOENT"), { code: "ENOENT" });
    const inner = failed("unreachable", "unavailable", "never-sent", { cause });
    assert.equal(errorOf(failed("ended", "deadline_exceeded", "never-sent", { cause: inner })).cause, cause);
    assert.equal(errorOf(failed("status", "deadline_exceeded", "answered", { cause: inner })).cause, cause);
    assert.ok(!("cause" in errorOf(failed("ended", "deadline_exceeded", "never-sent", { cause: lost() }))));
  });

  it("is canceled only where the caller has canceled", () => {
    assert.equal(codeOf(failed("ended", "canceled", "no-answer")), "canceled");
    assert.equal(codeOf(status("canceled")), "unavailable");
    assert.equal(codeOf(failed("ended", "deadline_exceeded", "no-answer")), "deadline_exceeded");
  });
});
