import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { bytesResponse } from "../../../src/codec/responses.js";
import { encodeCreate, encodeDelete, encodeUpdate } from "../../../src/codec/requests.js";
import { bytesField } from "../../../src/codec/writer.js";
import { ImagesError } from "../../../src/errors.js";
import { versionGate, isAtLeast } from "../../../src/interceptors/version-gate.js";
import { retries } from "../../../src/interceptors/retry/retry.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { CREATE, DELETE, GET, LIST, type Method, UPDATE, VERSION } from "../../../src/rpc/method.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "./calls.js";
import { record, requests } from "./records.js";
import { type Answer, failed, lost, never, ScriptedEngine, status, versionAnswerBytes } from "./scripted-channel.js";

const epoch = new Date(0);
const gatedRequests: Readonly<Record<string, readonly [Method, Uint8Array, since: string]>> = {
  "delete with ifTarget": [DELETE, requests["conditional-delete"], "2.0"],
  "delete with an empty target, by raw": [DELETE, Buffer.concat([requests.delete, bytesField(3)]), "2.0"],
  "create with sourceDateEpoch": [CREATE, encodeCreate(record, epoch), "1.7"],
  "update with sourceDateEpoch": [UPDATE, encodeUpdate(record, ["labels"], epoch), "1.7"],
};

// From newest to oldest; which features each has.
const versions: Readonly<Record<string, readonly string[]>> = {
  "2.1.9": ["2.0", "1.7"],
  "2.1.9+unknown": ["2.0", "1.7"],
  "v2.1.0-beta.1": ["2.0", "1.7"],
  "v2.0.0": ["2.0", "1.7"],
  "10.0.1": ["2.0", "1.7"],
  "1.7.24": ["1.7"],
  "1.7.24~ds1": ["1.7"],
  "1.10.0": ["1.7"],
  "1.6.20~ds1": [],
  "v1.6.39": [],
  "v1.0.0-alpha0-122-g12c0daa": [],
  "0.2.9": [],
  "": [],
  unknown: [],
  "2": [],
  "dev-2.1": [],
  " 2.1.9": [],
};

function answering(version: Answer) {
  const engine = new ScriptedEngine(({ method }) => (method === VERSION ? version : Buffer.of()));
  return { engine, wire: versionGate(engine), clock: new ManualClock() };
}

suite("which version may get which request", () => {
  for (const [version, features] of Object.entries(versions)) {
    for (const [what, [method, request, since]] of Object.entries(gatedRequests)) {
      const isAllowed = features.includes(since);
      test(`${what} on ${JSON.stringify(version)}: ${isAllowed ? "sent" : "refused"}`, async () => {
        const { engine, wire, clock } = answering(versionAnswerBytes(version));
        const sending = wire.unary(method, request, callOn(clock), bytesResponse);
        if (isAllowed) {
          await sending;
          assert.equal(engine.methods, `version ${method.name}`);
          assert.equal(engine.sent[1]?.request, request);
          return;
        }
        await assert.rejects(sending, (error) => {
          assert.ok(error instanceof RpcFailure);
          assert.deepEqual(
            [error.code, error.evidence, error.kind],
            ["failed_precondition", "never-sent", "unsupported"],
          );
          const name = version === "" ? "a server that does not tell its version" : `containerd ${version}`;
          assert.ok(error.message.includes(`needs containerd ${since} or newer, and this is ${name}`), error.message);
          return true;
        });
        assert.equal(engine.methods, "version");
      });
    }
  }
});

test("versions are compared by number", () => {
  assert.ok(isAtLeast("1.10", [1, 7]));
  assert.ok(!isAtLeast("1.6", [1, 7]));
  assert.ok(isAtLeast("3.0.0", [2, 1]));
  assert.ok(!isAtLeast("1.99.0", [2, 0]));
});

test("other requests are sent without asking for the version", async () => {
  const { engine, wire, clock } = answering(versionAnswerBytes("1.6.20"));
  const ungated: readonly (readonly [Method, Uint8Array])[] = [
    [GET, requests.get],
    [LIST, Buffer.of()],
    [CREATE, requests.create],
    [UPDATE, requests.update],
    [DELETE, requests.delete],
    [DELETE, encodeDelete("a", true, undefined)],
  ];
  for (const [method, request] of ungated) await wire.unary(method, request, callOn(clock), bytesResponse);
  assert.equal(engine.methods, "get list create update delete delete");
});

suite("the connection", () => {
  const [method, request] = gatedRequests["delete with ifTarget"] ?? assert.fail();

  test("that told its version gets the request", async () => {
    const { engine, wire, clock } = answering(versionAnswerBytes("2.1.9"));
    const { connection } = engine;
    await wire.unary(method, request, callOn(clock), bytesResponse);
    assert.ok(engine.sent.every((sent) => sent.connection === connection));
  });

  test("is asked once", async () => {
    const { engine, wire, clock } = answering(versionAnswerBytes("2.1.9"));
    for (let n = 0; n < 3; n += 1) await wire.unary(method, request, callOn(clock), bytesResponse);
    assert.equal(engine.methods, "version delete delete delete");
  });

  test("is asked once even when it does not tell", async () => {
    const { engine, wire, clock } = answering(status("unimplemented"));
    for (let n = 0; n < 2; n += 1) {
      await assert.rejects(wire.unary(method, request, callOn(clock), bytesResponse), { code: "failed_precondition" });
    }
    assert.equal(engine.methods, "version");
  });

  test("that is new is asked anew", async () => {
    let version = "2.1.9";
    const engine = new ScriptedEngine((sent) => (sent.method === VERSION ? versionAnswerBytes(version) : Buffer.of()));
    const wire = versionGate(engine);
    const send = () => wire.unary(method, request, callOn(new ManualClock()), bytesResponse);
    await send();
    version = "1.7.24"; // an older daemon was put in the place of the newer one
    engine.connection = {};
    await assert.rejects(send(), { code: "failed_precondition" });
    assert.equal(engine.methods, "version delete version");
  });

  test("whose version could not be read is asked again", async () => {
    const answers: Answer[] = [lost(), versionAnswerBytes("2.1.9")];
    const engine = new ScriptedEngine((sent) => (sent.method === VERSION ? (answers.shift() ?? never) : Buffer.of()));
    const wire = versionGate(engine);
    const send = () => wire.unary(method, request, callOn(new ManualClock()), bytesResponse);
    await assert.rejects(send(), { evidence: "never-sent" });
    await send();
    assert.equal(engine.methods, "version version delete");
  });
});

suite("a version that cannot be read", () => {
  const [method, request] = gatedRequests["create with sourceDateEpoch"] ?? assert.fail();

  async function error(answer: Answer, act?: (engine: ScriptedEngine) => void): Promise<ImagesError> {
    const { engine, wire, clock } = answering(answer);
    const stage = retries(wire, engine);
    const sending = stage.unary(method, request, callOn(clock), bytesResponse);
    const rejected = sending.then(
      () => assert.fail("it was sent"),
      (reason: unknown) => reason,
    );
    await turn();
    act?.(engine);
    const reason = await clock.until(rejected);
    assert.ok(reason instanceof ImagesError);
    assert.ok(!engine.methods.includes("create"));
    assert.deepEqual([reason.method, reason.outcome, reason.attempts], ["create", "not-applied", 0]);
    return reason;
  }

  test("leaves the request unsent, and it is tried again", async () => {
    for (const answer of [lost(), status("unavailable"), failed("broken", "unavailable", "refused")]) {
      assert.equal((await error(answer)).code, "unavailable");
      const answers = [answer, versionAnswerBytes("1.7.24")];
      const engine = new ScriptedEngine((sent) => (sent.method === VERSION ? (answers.shift() ?? never) : Buffer.of()));
      const clock = new ManualClock();
      await clock.until(retries(versionGate(engine), engine).unary(method, request, callOn(clock), bytesResponse));
      assert.equal(engine.methods, "version version create");
    }
  });

  test("for other reasons is an error that says so", async () => {
    const { code, message } = await error(status("permission_denied"));
    assert.equal(code, "permission_denied");
    assert.match(message, /reading the server's version: status permission_denied/);
    assert.equal((await error(Buffer.of(0xff))).code, "internal");
  });

  test("because the caller cancelled keeps the caller's reason", async () => {
    const reason = new Error("enough");
    const { code, cause } = await error(never, (engine) => {
      engine.sent[0]?.call.cancel({ code: "canceled", message: "canceled by the caller", cause: reason });
    });
    assert.deepEqual([code, cause], ["canceled", reason]);
  });

  test("in time is the deadline", async () => {
    assert.equal((await error(never)).code, "deadline_exceeded");
  });
});
