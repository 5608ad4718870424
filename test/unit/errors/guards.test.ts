import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { MessageChannel, Worker } from "node:worker_threads";
import {
  ImagesClient,
  ImagesError,
  isCanceled,
  isDeadlineExceeded,
  isFilterSyntaxError,
  isImagesError,
  isInvalidArgument,
  isNotFound,
  isReferenceSyntaxError,
  isValidationError,
  parse,
} from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { bundled } from "../../support/programs/bundled.js";

const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });

async function missing(): Promise<ImagesError> {
  const error: unknown = await images.get("app:1").catch((reason: unknown) => reason);
  assert.ok(error instanceof ImagesError);
  return error;
}

function syntax(): unknown {
  try {
    return parse("name=a");
  } catch (error) {
    return error;
  }
}

async function invalid(): Promise<unknown> {
  return images.get("").catch((reason: unknown) => reason);
}

const plain = (error: unknown) => (error instanceof ImagesError ? error.toJSON() : assert.fail(String(error)));

describe("errors of another thread", () => {
  const failure = async (what: string): Promise<unknown> => {
    const program = await bundled("test/unit/errors/failing-worker.ts");
    const [error] = await once(new Worker(program, { workerData: what }), "error");
    return error;
  };

  it("are known when they come by the error event of a worker", async () => {
    const [missing, invalid, syntax] = await Promise.all(["missing", "invalid", "syntax"].map(failure));
    assert.equal(missing instanceof ImagesError, false);
    assert.ok(isNotFound(missing));
    assert.deepEqual([missing.imageName, missing.outcome, missing.attempts], ["app:1", "not-applied", 1]);
    assert.ok(isValidationError(invalid) && isInvalidArgument(invalid));
    assert.deepEqual(invalid.issues, [{ path: "name", message: "must not be empty" }]);
    assert.ok(isFilterSyntaxError(syntax));
    assert.equal(syntax.position, 4);
  });

  it("are known as plain objects that a port has carried", async () => {
    const { port1, port2 } = new MessageChannel();
    for (const error of [await missing(), await invalid(), syntax()]) port1.postMessage(plain(error));
    const received: unknown[] = [];
    while (received.length < 3) received.push(...(await once(port2, "message")));
    port1.close();
    const [first, second, third] = received;
    assert.ok(isNotFound(first) && first.imageName === "app:1");
    assert.ok(isValidationError(second) && second.issues.length === 1);
    assert.ok(isFilterSyntaxError(third) && third.reason !== "");
  });

  it("are known from JSON, and have all but cause and stack", async () => {
    const error = await missing();
    const received: unknown = JSON.parse(JSON.stringify(error));
    assert.ok(isNotFound(received));
    const { name, message, code, method, namespace, imageName, attempts, outcome, hint } = error;
    assert.ok(hint !== undefined);
    assert.deepEqual(received, { name, message, code, method, namespace, imageName, attempts, outcome, hint });
  });

  it("are plain in JSON with all that is special to them, and nothing of the cause", async () => {
    const withCause = new ImagesClient({ namespace: "default", address: "/run/nowhere.sock", waitForDaemonMs: 0 });
    const error: unknown = await withCause.get("docker.io/library/app:1").catch((reason: unknown) => reason);
    assert.ok(error instanceof ImagesError && error.cause instanceof Error);
    const { stack, cause, hint, ...rest }: Record<string, unknown> = JSON.parse(JSON.stringify(error));
    assert.deepEqual([stack, cause, typeof hint], [undefined, undefined, "string"]);
    const { code, outcome, message } = error;
    assert.deepEqual([rest["code"], rest["outcome"], rest["message"]], [code, outcome, message]);
    const { issues, issueCount }: Record<string, unknown> = JSON.parse(JSON.stringify(await invalid()));
    assert.deepEqual([issues, issueCount], [[{ path: "name", message: "must not be empty" }], 1]);
  });

  it("have a mark by which a copy of another version knows them, whatever its outcomes are called", async () => {
    const mark = Symbol.for("containerd-images.error");
    for (const error of [await missing(), await invalid(), syntax()]) assert.ok(mark in Object(error));
    const { code, method, namespace, attempts } = await missing();
    const ofAnother = { message: "", code, method, namespace, attempts, outcome: "later" };
    assert.deepEqual([isImagesError(ofAnother), isNotFound({ ...ofAnother, [mark]: true })], [false, true]);
  });

  it("lose everything when they are cloned as they are, which is why there is toJSON", async () => {
    const clone: unknown = structuredClone(await missing());
    assert.ok(clone instanceof Error && !isImagesError(clone));
  });
});

describe("an error that is printed", () => {
  const list = async (): Promise<unknown> => images.list(undefined, { signal: AbortSignal.abort(7) }).catch((e) => e);

  it("has no rows for what is absent, and no second error for a status", async () => {
    const found: unknown = await images.get("docker.io/library/app:1").catch((reason: unknown) => reason);
    for (const error of [await missing(), found, await list(), await invalid(), syntax()]) {
      assert.ok(error instanceof ImagesError);
      assert.doesNotMatch(inspect(error), /undefined|RpcFailure|ConnectError/);
    }
    assert.doesNotMatch(inspect(found), /cause/);
    assert.match(inspect(await list()), /\[cause\]: 7/);
  });

  it("still has the properties that are absent, as its type says", async () => {
    const error = await list();
    assert.ok(error instanceof ImagesError && "imageName" in error && "hint" in error);
    assert.deepEqual([error.imageName, error.hint], [undefined, undefined]);
    assert.deepEqual(
      Object.keys(error.toJSON()).filter((key) => key === "imageName" || key === "hint"),
      [],
    );
  });
});

it("an error can be changed by the program that has caught it, as any other", async () => {
  const error = Object.assign(await missing(), { hint: "ask the admins" });
  assert.match(String(error), /\(ask the admins\)$/);
});

it("what only looks a little like one of these errors is none", async () => {
  const like = plain(await missing());
  for (const outcome of ["not-applied", "applied", "unknown"]) assert.ok(isImagesError({ ...like, outcome }));
  const others: unknown[] = [
    undefined,
    null,
    "not_found",
    {},
    new Error("not found"),
    Object.assign(new Error("not found"), { code: "not_found" }),
    { ...like, outcome: "lost" },
    { ...like, attempts: "1" },
    { ...like, message: undefined },
    { ...like, code: 5 },
  ];
  for (const other of others) assert.equal(isImagesError(other), false, JSON.stringify(other));
  assert.equal(isValidationError({ ...like, name: "ValidationError" }), false, "no issues");
  assert.equal(isFilterSyntaxError({ ...like, name: "FilterSyntaxError" }), false, "no input");
  assert.equal(isReferenceSyntaxError({ ...like, name: "ReferenceSyntaxError" }), false, "no input");
});

/** Values whose properties cannot be read. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

it("what cannot be looked at is none of these errors", () => {
  for (const guard of [isImagesError, isNotFound, isValidationError, isFilterSyntaxError, isReferenceSyntaxError])
    assert.equal(guard(revoked()), false);
});

describe("an aborted call", () => {
  const ended = (reason: unknown) => images.get("a", { signal: AbortSignal.abort(reason) }).catch((error) => error);

  it("has passed its deadline when the reason is a timeout of any realm", async () => {
    const timeout = new DOMException("late", "TimeoutError");
    // As in a test environment that brings a DOMException of its own.
    class ForeignException extends Error {
      override readonly name = "TimeoutError";
      readonly code = 23;
    }
    for (const reason of [timeout, new ForeignException("late")]) {
      const error: unknown = await ended(reason);
      assert.ok(isDeadlineExceeded(error));
      assert.equal(error.cause, reason);
    }
  });

  it("was canceled for any other reason, whatever it is called", async () => {
    const named = Object.assign(new Error("late"), { name: "TimeoutError", code: "ETIMEDOUT" });
    for (const reason of ["TimeoutError", named, { name: "TimeoutError" }, new DOMException("x", "AbortError"), 23])
      assert.ok(isCanceled(await ended(reason)));
  });

  it("was canceled for a reason that cannot be looked at, and so were those beside it", async () => {
    const stop = new AbortController();
    const calls = ["a", "b"].map((name) => images.get(name, { signal: stop.signal }).catch((error: unknown) => error));
    stop.abort(revoked());
    for (const error of await Promise.all(calls)) assert.ok(isCanceled(error));
    assert.ok(isCanceled(await ended(revoked())));
  });
});
