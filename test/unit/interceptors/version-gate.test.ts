import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { createRequest, deleteRequest, updateRequest } from "../../../src/codec/requests.js";
import { bytesResponse } from "../../../src/codec/responses.js";
import { ImagesError } from "../../../src/errors.js";
import { retries } from "../../../src/interceptors/retry/retry.js";
import { versionGate } from "../../../src/interceptors/version-gate.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { DELETE, LIST, VERSION } from "../../../src/rpc/method.js";
import type { Request } from "../../../src/rpc/request.js";
import { bytesField } from "../../support/encoded-fields.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "./calls.js";
import { record, requests } from "./records.js";
import {
  type Answer,
  failed,
  lost,
  never,
  ScriptedChannel,
  status,
  unreadableClock,
  versionAnswerBytes,
} from "./scripted-channel.js";

const epoch = new Date(0);
const gatedRequests: Readonly<Record<string, readonly [Request, since: string]>> = {
  "delete with ifTarget": [requests["conditional-delete"], "2.0"],
  "delete with an empty target, by raw": [
    requestOf(DELETE, Buffer.concat([requests.delete.bytes, bytesField(3)])),
    "2.0",
  ],
  "create with sourceDateEpoch": [createRequest(record, epoch), "1.7"],
  "update with sourceDateEpoch": [updateRequest(record, ["labels"], epoch), "1.7"],
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
  const channel = new ScriptedChannel(({ request }) => (request.method === VERSION ? version : Buffer.of()));
  return { channel, invoker: versionGate(channel), clock: new ManualClock() };
}

describe("which version may get which request", () => {
  for (const [version, features] of Object.entries(versions)) {
    for (const [what, [request, since]] of Object.entries(gatedRequests)) {
      const isAllowed = features.includes(since);
      it(`${what} on ${JSON.stringify(version)}: ${isAllowed ? "sent" : "refused"}`, async () => {
        const { channel, invoker, clock } = answering(versionAnswerBytes(version));
        const sending = invoker.unary(request, callOn(clock), bytesResponse);
        if (isAllowed) {
          await sending;
          assert.equal(channel.methods, `version ${request.method.name}`);
          assert.equal(channel.sent[1]?.request, request);
          return;
        }
        await assert.rejects(sending, (error) => {
          assert.ok(error instanceof RpcFailure);
          assert.deepEqual(
            [error.code, error.evidence, error.kind],
            ["failed_precondition", "never-sent", "unsupported"],
          );
          const name = version === "" ? "a server that does not report its version" : `containerd ${version}`;
          assert.ok(error.message.includes(`needs containerd ${since} or newer, and this is ${name}`), error.message);
          return true;
        });
        assert.equal(channel.methods, "version");
      });
    }
  }
});

it("other requests are sent without asking for the version", async () => {
  const { channel, invoker, clock } = answering(versionAnswerBytes("1.6.20"));
  const { get, create, update, delete: simple } = requests;
  const ungated = [get, requestOf(LIST), create, update, simple, deleteRequest("a", true, undefined)];
  for (const request of ungated) await invoker.unary(request, callOn(clock), bytesResponse);
  assert.equal(channel.methods, "get list create update delete delete");
});

describe("the connection", () => {
  const [request] = gatedRequests["delete with ifTarget"] ?? assert.fail();

  it("that told its version gets the request", async () => {
    const { channel, invoker, clock } = answering(versionAnswerBytes("2.1.9"));
    const { connection } = channel;
    await invoker.unary(request, callOn(clock), bytesResponse);
    assert.ok(channel.sent.every((sent) => sent.connection === connection));
  });

  it("is asked once", async () => {
    const { channel, invoker, clock } = answering(versionAnswerBytes("2.1.9"));
    for (let n = 0; n < 3; n += 1) await invoker.unary(request, callOn(clock), bytesResponse);
    assert.equal(channel.methods, "version delete delete delete");
  });

  it("is asked once even when it does not tell", async () => {
    const { channel, invoker, clock } = answering(status("unimplemented"));
    for (let n = 0; n < 2; n += 1) {
      await assert.rejects(invoker.unary(request, callOn(clock), bytesResponse), {
        code: "failed_precondition",
      });
    }
    assert.equal(channel.methods, "version");
  });

  it("that is new is asked anew", async () => {
    let version = "2.1.9";
    const channel = new ScriptedChannel((sent) =>
      sent.request.method === VERSION ? versionAnswerBytes(version) : Buffer.of(),
    );
    const invoker = versionGate(channel);
    const send = () => invoker.unary(request, callOn(new ManualClock()), bytesResponse);
    await send();
    version = "1.7.24"; // an older daemon has replaced the newer one
    channel.connection = {};
    await assert.rejects(send(), { code: "failed_precondition" });
    assert.equal(channel.methods, "version delete version");
  });

  it("that ends after each response is replaced twice, and then an error says why", async () => {
    const gone = failed("broken", "unavailable", "never-sent");
    const answers: Answer[] = [gone, gone, Buffer.of(), gone, gone, gone];
    const channel = new ScriptedChannel(({ request: { method } }) => {
      if (method === VERSION) return versionAnswerBytes("2.1.9");
      channel.connection = {};
      return answers.shift() ?? never;
    });
    const invoker = versionGate(channel);
    await invoker.unary(request, callOn(new ManualClock()), bytesResponse);
    assert.equal(channel.methods, "version delete version delete version delete");
    await assert.rejects(invoker.unary(request, callOn(new ManualClock()), bytesResponse), {
      code: "failed_precondition",
      kind: "unsupported",
      evidence: "never-sent",
      message: /needs two requests on one connection/,
    });
    assert.equal(answers.length, 0);
  });

  it("whose version was read before and that has ended since is the retries' to handle", async () => {
    const gone = failed("broken", "unavailable", "never-sent");
    const answers: Answer[] = [Buffer.of(), gone];
    const channel = new ScriptedChannel(({ request: { method } }) =>
      method === VERSION ? versionAnswerBytes("2.1.9") : (answers.shift() ?? never),
    );
    const invoker = versionGate(channel);
    const send = () => invoker.unary(request, callOn(new ManualClock()), bytesResponse);
    await send();
    await assert.rejects(send(), (error) => error === gone);
    assert.equal(channel.methods, "version delete delete");
  });

  it("that fails in any other way gets the request once, because it may have been applied", async () => {
    for (const failure of [lost(), failed("ended", "canceled", "never-sent")]) {
      const channel = new ScriptedChannel(({ request: { method } }) =>
        method === VERSION ? versionAnswerBytes("2.1.9") : failure,
      );
      const sending = versionGate(channel).unary(request, callOn(new ManualClock()), bytesResponse);
      await assert.rejects(sending, (error) => error === failure);
      assert.equal(channel.methods, "version delete");
    }
  });

  it("that refuses the request right after the version is the retries' to handle, with a hint about proxies", async () => {
    const channel = new ScriptedChannel(({ request: { method } }) =>
      method === VERSION ? versionAnswerBytes("2.1.9") : failed("broken", "unavailable", "refused"),
    );
    const invoker = versionGate(channel);
    const send = () => invoker.unary(request, callOn(new ManualClock()), bytesResponse);
    const refusal = { code: "unavailable", kind: "broken", evidence: "refused" };
    const hint = /^let the proxy allow more requests .* or let the client compare: .*; diagnose\(\) finds out more$/;
    await assert.rejects(send(), { ...refusal, hint });
    await assert.rejects(send(), { ...refusal, hint: undefined }); // it was not the second request of the connection
    assert.equal(channel.methods, "version delete delete");
  });

  it("whose version could not be read is asked again", async () => {
    const answers: Answer[] = [lost(), versionAnswerBytes("2.1.9")];
    const channel = new ScriptedChannel((sent) =>
      sent.request.method === VERSION ? (answers.shift() ?? never) : Buffer.of(),
    );
    const invoker = versionGate(channel);
    const send = () => invoker.unary(request, callOn(new ManualClock()), bytesResponse);
    await assert.rejects(send(), { evidence: "never-sent" });
    await send();
    assert.equal(channel.methods, "version version delete");
  });
});

describe("a version that cannot be read", () => {
  const [request] = gatedRequests["create with sourceDateEpoch"] ?? assert.fail();

  async function error(answer: Answer, act?: (channel: ScriptedChannel) => void): Promise<ImagesError> {
    const { channel, invoker, clock } = answering(answer);
    const retrying = retries({ clock, readClock: unreadableClock })(invoker);
    const sending = retrying.unary(request, callOn(clock, { method: request.method.name }), bytesResponse);
    const rejected = sending.then(
      () => assert.fail("it was sent"),
      (reason: unknown) => reason,
    );
    await turn();
    act?.(channel);
    const reason = await clock.until(rejected);
    assert.ok(reason instanceof ImagesError);
    assert.ok(!channel.methods.includes("create"));
    assert.deepEqual([reason.method, reason.outcome, reason.attempts], ["create", "not-applied", 0]);
    return reason;
  }

  it("leaves the request unsent, and it is tried again", async () => {
    for (const answer of [lost(), status("unavailable"), failed("broken", "unavailable", "refused")]) {
      assert.equal((await error(answer)).code, "unavailable");
      const answers = [answer, versionAnswerBytes("1.7.24")];
      const channel = new ScriptedChannel((sent) =>
        sent.request.method === VERSION ? (answers.shift() ?? never) : Buffer.of(),
      );
      const clock = new ManualClock();
      await clock.until(
        retries({ clock, readClock: unreadableClock })(versionGate(channel)).unary(
          request,
          callOn(clock),
          bytesResponse,
        ),
      );
      assert.equal(channel.methods, "version version create");
    }
  });

  it("for other reasons is an error that says so", async () => {
    const { code, message } = await error(status("permission_denied"));
    assert.equal(code, "permission_denied");
    assert.match(message, /reading the server's version: status permission_denied/);
    assert.equal((await error(Buffer.of(0xff))).code, "internal");
  });

  it("because the caller cancelled keeps the caller's reason", async () => {
    const reason = new Error("enough");
    const { code, cause } = await error(never, (channel) => {
      channel.sent[0]?.call.deadline.cancel({ code: "canceled", message: "canceled by the caller", cause: reason });
    });
    assert.deepEqual([code, cause], ["canceled", reason]);
  });

  it("in time is the deadline, and the hint is about the server, which was asked", async () => {
    const { code, hint } = await error(never);
    assert.equal(code, "deadline_exceeded");
    assert.match(hint ?? "", /^the daemon is overloaded, frozen or gone, or/);
  });
});

it("the hint names the server to have, or what to do without it", async () => {
  for (const [request, hint] of [
    [
      requests["conditional-delete"],
      'upgrade the server to containerd 2.0 or newer, or let the client compare: ifTarget: { digest, fallback: "check-then-delete" }',
    ],
    [createRequest(record, epoch), "upgrade the server to containerd 1.7 or newer, or leave sourceDateEpoch out"],
  ] as const) {
    const { invoker, clock } = answering(versionAnswerBytes("1.6.20"));
    await assert.rejects(invoker.unary(request, callOn(clock), bytesResponse), { hint, evidence: "never-sent" });
  }
});
