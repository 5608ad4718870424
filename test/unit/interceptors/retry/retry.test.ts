import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { requestOf } from "../../../../src/codec/encoded-request.js";
import { createRequest, updateRequest } from "../../../../src/codec/requests.js";
import { bytesResponse, emptyResponse, imageResponse } from "../../../../src/codec/responses.js";
import { ImagesError } from "../../../../src/errors.js";
import type { ImageFields } from "../../../../src/image.js";
import { failureOf } from "../../../../src/interceptors/error-of-call.js";
import type { ReadClock } from "../../../../src/interceptors/retry/clock-reader.js";
import { retries } from "../../../../src/interceptors/retry/retry.js";
import type { RetryEvent } from "../../../../src/options.js";
import { type Cancellation, canceledFailure } from "../../../../src/rpc/deadline.js";
import { RpcFailure } from "../../../../src/rpc/failure.js";
import { GET, LIST, UPDATE } from "../../../../src/rpc/method.js";
import type { Request } from "../../../../src/rpc/request.js";
import { ExcessiveMessage } from "../../../../src/rpc/response-decoder.js";
import type { RetryPolicy } from "../../../../src/rpc/retry-policy.js";
import { ManualClock } from "../../../support/manual-clock.js";
import { callOn } from "../calls.js";
import { record, requests, stored } from "../records.js";
import {
  type Answer,
  failed,
  imageAnswerBytes,
  lost,
  never,
  ScriptedChannel,
  type Sent,
  status,
  unreadableClock,
} from "../scripted-channel.js";

/** Retries over a channel that follows these steps, and repeats the last one. */
function retryingOver(...steps: readonly (Answer | ((sent: Sent) => Answer))[]) {
  const channel: ScriptedChannel = new ScriptedChannel((sent) => {
    const step = steps[Math.min(channel.sent.length, steps.length) - 1] ?? never;
    return typeof step === "function" ? step(sent) : step;
  });
  const clock = new ManualClock();
  const readClock: ReadClock = async function* (serverClock) {
    serverClock.learn(SERVER_START + clock.now(), clock.now());
    yield;
  };
  return { channel, clock, retrying: retries({ random: () => 0.999_999, clock, readClock })(channel) };
}

/** The server's clock shows this when the test's shows 0. */
const SERVER_START = Date.UTC(2026, 0, 1);

async function rejection(promise: Promise<unknown>): Promise<ImagesError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ImagesError, String(error));
  return error;
}

function outcomeOf({ code, outcome, attempts }: ImagesError): string {
  return `${code} ${outcome} ${attempts}`;
}

const soon = new Date(SERVER_START);
/** A record from before the call, one that was created during the call, and one that is not as requested. */
const found = imageAnswerBytes(stored(new Date(0)));
const made = imageAnswerBytes(stored(soon));
const another = imageAnswerBytes(stored(soon, { env: "dev" }));
/** A record that was created during a call that has already waited: the clocks may have drifted apart in that time. */
const madeLater = imageAnswerBytes(stored(new Date(SERVER_START + 10)));
const missing = status("not_found");

/** This answer, so many milliseconds after the request. */
function after(delayMs: number, answer: RpcFailure): (sent: Sent) => Answer {
  return ({ call }) => new Promise((resolve) => call.deadline.clock.after(delayMs, () => resolve(answer)));
}

function backOffs(clock: ManualClock): readonly number[] {
  return clock.delays.slice(1); // the first one is the deadline
}

describe("back-off", () => {
  it("is a random time up to a bound that doubles, and no bound passes maxDelayMs", async () => {
    const policy = fc.record({
      maxAttempts: fc.integer({ min: 1, max: 5 }),
      baseDelayMs: fc.integer({ min: 1, max: 500 }),
      maxDelayMs: fc.integer({ min: 1, max: 2_000 }),
    });
    const random = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 5,
      maxLength: 5,
    });
    const property = fc.asyncProperty(policy, random, async (retry, numbers) => {
      const channel = new ScriptedChannel(() => status("unavailable"));
      const clock = new ManualClock();
      const next = numbers.values();
      const retrying = retries({ random: () => next.next().value ?? 0, clock, readClock: unreadableClock })(channel);
      await rejection(
        clock.until(retrying.unary(requests.get, callOn(clock, { retry, timeoutMs: 1e6 }), bytesResponse)),
      );
      assert.equal(channel.sent.length, retry.maxAttempts);
      const expected = numbers
        .slice(0, retry.maxAttempts - 1)
        .map((number, n) => number * Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** n));
      assert.deepEqual(
        backOffs(clock),
        expected.filter((delay) => delay > 0),
      );
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it("of its own is up to 25, 50, 100 and 200 ms", async () => {
    const { channel, clock, retrying } = retryingOver(status("unavailable"));
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable not-applied 5");
    assert.deepEqual(backOffs(clock).map(Math.round), [25, 50, 100, 200]);
    assert.equal(channel.sent.length, 5);
  });

  it("ends with the deadline, which is one for all attempts", async () => {
    const { channel, clock, retrying } = retryingOver(lost);
    const call = callOn(clock, { timeoutMs: 60 });
    const start = clock.now();
    const error = await rejection(clock.until(retrying.unary(requests.get, call, bytesResponse)));
    assert.equal(outcomeOf(error), "deadline_exceeded not-applied 2");
    assert.equal(clock.now() - start, 60);
    assert.match(error.message, /: no answer within 60 ms: broken unavailable$/);
    assert.equal(error.cause, undefined);
    assert.equal(channel.sent.length, 2);
    assert.equal(clock.pending, 0);
  });

  it("that lasts until the deadline has the cause and the hint of the last failure, and its own message", async () => {
    const cause = new Error("read ECONNRESET");
    const details = { code: "unavailable", evidence: "never-sent", kind: "broken", hint: "look", cause } as const;
    const { clock, retrying } = retryingOver(status("unavailable"), new RpcFailure("the connection broke", details));
    const call = callOn(clock, { timeoutMs: 60 });
    const error = await rejection(clock.until(retrying.unary(requests.get, call, bytesResponse)));
    assert.equal(outcomeOf(error), "deadline_exceeded not-applied 1");
    assert.match(error.message, /: no answer within 60 ms: the connection broke$/);
    assert.deepEqual([error.cause, error.hint], [cause, "look"]);
  });

  it("of a request that waits for its turn until the deadline says what the last attempt ended with", async () => {
    const waiting = ({ call }: Sent): Answer =>
      new Promise((resolve) => {
        const canceled = (end: Cancellation) => resolve(canceledFailure(end, "never-sent"));
        call.deadline.onCancel({ canceled });
      });
    const { clock, retrying } = retryingOver(status("unavailable"), waiting);
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.match(error.message, /: no answer within 10000 ms: status unavailable$/);
  });

  it("is not what a silent last attempt ends with", async () => {
    const { clock, retrying } = retryingOver(status("unavailable"), never);
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.match(error.message, /: no answer within 10000 ms$/);
  });

  it("ends with the caller's signal at once, and the error has its reason", async () => {
    const { channel, clock, retrying } = retryingOver(status("unavailable"), missing, found);
    const controller = new AbortController();
    const call = callOn(clock, { signal: controller.signal });
    const sending = rejection(retrying.unary(requests.create, call, bytesResponse));
    await turn();
    await turn();
    const reason = new Error("enough");
    controller.abort(reason);
    const error = await sending;
    assert.equal(outcomeOf(error), "canceled unknown 1");
    assert.match(error.message, /: canceled by the caller: status unavailable$/);
    assert.equal(error.cause, reason);
    assert.equal(clock.pending, 0);
    await clock.advance(10_000);
    assert.equal(channel.methods, "create get");
  });
});

describe("push-back", () => {
  it("says how long to wait", async () => {
    const { clock, retrying } = retryingOver(status("unavailable", 700), found);
    await clock.until(retrying.unary(requests.get, callOn(clock), imageResponse));
    assert.deepEqual(backOffs(clock), [700]);
  });

  it("says not to retry", async () => {
    const { channel, clock, retrying } = retryingOver(status("unavailable", "stop"), found);
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable not-applied 1");
    assert.match(error.message, /: status unavailable$/);
    assert.equal(channel.sent.length, 1);
  });

  it("of 0 retries at once", async () => {
    const { clock, retrying } = retryingOver(status("unavailable", 0), found);
    await retrying.unary(requests.get, callOn(clock), imageResponse);
    assert.deepEqual(backOffs(clock), []);
  });

  it("makes no status retriable that is not", async () => {
    const { channel, clock, retrying } = retryingOver(status("invalid_argument", 5), found);
    await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.equal(channel.sent.length, 1);
  });

  it("beyond the deadline ends the call at once, and the error says why", async () => {
    for (const waitMs of [10_000, 60_000]) {
      const { clock, retrying } = retryingOver(status("unavailable", waitMs), found);
      const error = await rejection(retrying.unary(requests.get, callOn(clock), bytesResponse));
      assert.equal(outcomeOf(error), "unavailable not-applied 1");
      const reason = `: the server asks to wait ${waitMs} ms, which is longer than the deadline allows`;
      assert.ok(error.message.endsWith(reason), error.message);
      assert.equal(clock.now(), 0);
    }
  });

  it("up to the deadline is waited for", async () => {
    const { clock, retrying } = retryingOver(status("unavailable", 9_999), found);
    await clock.until(retrying.unary(requests.get, callOn(clock), imageResponse));
    assert.deepEqual(backOffs(clock), [9_999]);
  });

  it("counts from the failure, so the time of reading back is a part of it", async () => {
    const failure = status("unavailable", 700);
    const { channel, clock, retrying } = retryingOver(failure, failure, missing, made);
    await clock.until(retrying.unary(requests.create, callOn(clock), imageResponse));
    assert.equal(channel.methods, "create get get create");
    assert.deepEqual(backOffs(clock), [700]);
  });

  it("is not beyond the deadline where the time of reading back has brought it closer", async () => {
    const failure = status("unavailable", 700);
    const { clock, retrying } = retryingOver(failure, failure, missing, made);
    await clock.until(retrying.unary(requests.create, callOn(clock, { timeoutMs: 1_000 }), imageResponse));
    assert.deepEqual(backOffs(clock), [700]);
  });

  it("of which reading back leaves as much as the deadline does is beyond it", async () => {
    const { channel, clock, retrying } = retryingOver(status("unavailable", 1_000), after(999, missing), made);
    const call = callOn(clock, { timeoutMs: 1_000 });
    const error = await rejection(clock.until(retrying.unary(requests.create, call, bytesResponse)));
    assert.match(error.message, /the server asks to wait 1000 ms, which is longer than the deadline allows$/);
    assert.equal(channel.methods, "create get");
  });

  it("that has passed is not said to be longer than the deadline allows", async () => {
    const { clock, retrying } = retryingOver(status("deadline_exceeded", 5), never);
    const error = await rejection(clock.until(retrying.unary(requests.update, callOn(clock), bytesResponse)));
    assert.match(error.message, /: status deadline_exceeded$/);
  });

  it("beyond the deadline leaves a write unknown, and it is read back only once", async () => {
    const { channel, clock, retrying } = retryingOver(status("unavailable", 60_000));
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable unknown 1");
    assert.match(error.message, /the server asks to wait 60000 ms/);
    assert.equal(channel.methods, "create get");
  });
});

describe("throttling", () => {
  it("ten failing calls make fifteen attempts at most", async () => {
    const { channel, clock, retrying } = retryingOver(status("unavailable"));
    for (let n = 0; n < 10; n += 1) {
      await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    }
    assert.ok(channel.sent.length > 10 && channel.sent.length <= 15, `${channel.sent.length} attempts`);
  });

  it("ends when calls succeed again", async () => {
    let isDown = true;
    const { channel, clock, retrying } = retryingOver(() => (isDown ? status("unavailable") : found));
    const get = () => clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse));
    for (let n = 0; n < 10; n += 1) await rejection(get());
    isDown = false;
    for (let n = 0; n < 80; n += 1) await get();
    isDown = true;
    const before = channel.sent.length;
    await rejection(get());
    assert.ok(channel.sent.length - before > 1);
  });

  it("costs nothing for connections that die and for what the server refuses", async () => {
    const { channel, clock, retrying } = retryingOver((sent) =>
      channel.sent.indexOf(sent) % 2 === 0 ? lost() : missing,
    );
    const get = () => clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse));
    for (let n = 0; n < 50; n += 1) await rejection(get());
    assert.equal(channel.sent.length, 100);
  });
});

describe("how often a request is sent", () => {
  it("a request refused unseen goes again at once, which does not count; the next times do", async () => {
    const { channel, clock, retrying } = retryingOver(() => failed("broken", "unavailable", "refused"));
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable not-applied 6");
    assert.equal(channel.sent.length, 6);
    assert.equal(backOffs(clock).length, 4);
  });

  it("an answer that cannot be read is asked for once more", async () => {
    const { channel, clock, retrying } = retryingOver(() => failed("malformed", "internal", "answered"));
    const error = await rejection(clock.until(retrying.unary(requestOf(LIST), callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "internal not-applied 2");
    assert.equal(channel.sent.length, 2);
  });

  for (const kind of ["create", "update", "delete", "conditional-delete", "sync-delete", "get"] as const) {
    it(`without retry, ${kind} is sent once and nothing is read back`, async () => {
      const answers: readonly Answer[] = [
        lost(),
        status("unavailable"),
        status("internal"),
        status("deadline_exceeded"),
        failed("malformed", "internal", "answered"),
        failed("broken", "unavailable", "refused"),
        never,
      ];
      for (const answer of answers) {
        const { channel, clock, retrying } = retryingOver(answer);
        const call = callOn(clock, { retry: { maxAttempts: 1 } });
        const error = await rejection(clock.until(retrying.unary(requests[kind], call, bytesResponse)));
        assert.equal(channel.sent.length, 1, `${channel.methods} after ${String(answer)}`);
        assert.equal(error.attempts, 1);
      }
    });
  }

  it("a delete that was lost is not sent again while there is a record, which may be somebody else's", async () => {
    for (const kind of ["conditional-delete", "delete", "sync-delete"] as const) {
      const { channel, clock, retrying } = retryingOver(({ request }) => (request.method === GET ? found : lost()));
      channel.answerer = "restarted";
      const error = await rejection(clock.until(retrying.unary(requests[kind], callOn(clock), emptyResponse)));
      assert.equal(outcomeOf(error), "unavailable unknown 1");
      assert.equal(channel.methods, "delete get");
    }
  });

  it("what another daemon says of a lost write proves nothing: it is not asked", async () => {
    for (const kind of ["create", "update", "delete"] as const) {
      const { channel, clock, retrying } = retryingOver(lost(), kind === "delete" ? missing : made);
      channel.answerer = "other-server";
      const error = await rejection(clock.until(retrying.unary(requests[kind], callOn(clock), bytesResponse)));
      assert.equal(outcomeOf(error), "unavailable unknown 1");
      assert.equal(channel.methods, kind);
    }
  });

  it("a create that kills the daemon twice is not sent a third time", async () => {
    const { channel, clock, retrying } = retryingOver(({ request }) => (request.method === GET ? missing : lost()));
    channel.answerer = "restarted";
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), imageResponse)));
    assert.equal(outcomeOf(error), "unavailable unknown 2");
    assert.equal(channel.methods, "create get create get");
  });

  it("a read goes on while the connection dies, up to the limit", async () => {
    const { channel, clock, retrying } = retryingOver(lost);
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable not-applied 5");
    assert.equal(channel.sent.length, 5);
  });
});

describe("reading back", () => {
  it("a create whose answer is lost succeeds with the record as it is stored", async () => {
    const { clock, retrying } = retryingOver(lost(), made);
    const image = await clock.until(retrying.unary(requests.create, callOn(clock), imageResponse));
    assert.equal(image.createdAt.getTime(), Math.floor(soon.getTime() / 1_000) * 1_000);
    assert.deepEqual(image.labels, record.labels);
  });

  it("a create goes again when nobody can apply the first one any more", async () => {
    const { channel, clock, retrying } = retryingOver(lost(), missing, found);
    channel.answerer = "restarted";
    await clock.until(retrying.unary(requests.create, callOn(clock), imageResponse));
    assert.equal(channel.methods, "create get create");
  });

  it("a create that had a date of its own may find it in the record", async () => {
    const epoch = new Date(0);
    const { clock, retrying } = retryingOver(lost(), imageAnswerBytes(stored(epoch)));
    await clock.until(retrying.unary(createRequest(record, epoch), callOn(clock), imageResponse));
  });

  it("a date that a call has chosen does not tell the server's clock", async () => {
    const chosen = imageAnswerBytes(stored(new Date(0)));
    const { clock, retrying } = retryingOver(chosen, lost(), made);
    await retrying.unary(createRequest(record, new Date(0)), callOn(clock), bytesResponse);
    await clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse));
  });

  const epoch = new Date(1_000);
  for (const [what, changes, expected] of [
    ["and changed with the same date", { env: "dev" }, "unavailable unknown 1"],
    ["and as asked for since before the call", { updatedAt: new Date(2_000) }, "unavailable unknown 1"],
    ["and written again in the call", { updatedAt: soon }, "ok"],
  ] as const) {
    it(`a lost create whose record has the date asked for ${what} is ${expected}`, async () => {
      const { clock, retrying } = retryingOver(lost(), imageAnswerBytes(stored(epoch, changes)));
      const sending = retrying.unary(createRequest(record, epoch), callOn(clock), bytesResponse);
      assert.equal(await clock.until(sending).then(() => "ok", outcomeOf), expected);
    });
  }

  it("a create that was lost, and then failed for sure, is not said to be undone", async () => {
    const { channel, clock, retrying } = retryingOver(lost(), missing, status("internal"), missing);
    channel.answerer = "restarted";
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), imageResponse)));
    assert.equal(outcomeOf(error), "internal unknown 2");
  });

  for (const [what, answer] of [
    ["there and not as asked for", another],
    ["older than the call", imageAnswerBytes(stored(new Date(0), { env: "dev" }))],
    ["gone", missing],
  ] as const) {
    it(`a lost update whose record is ${what} is not sent again, though the daemon has restarted`, async () => {
      const { channel, clock, retrying } = retryingOver(lost(), answer, made);
      channel.answerer = "restarted";
      const error = await rejection(clock.until(retrying.unary(requests.update, callOn(clock), imageResponse)));
      assert.equal(outcomeOf(error), "unavailable unknown 1");
      assert.equal(channel.methods, "update get");
    });
  }

  it("the server's clock is read in the call: it may have been set since it was known", async () => {
    const clock = new ManualClock();
    const setByMs = -5_000;
    const steps = [made, lost(), imageAnswerBytes(stored(new Date(SERVER_START + setByMs + 5)))];
    const channel = new ScriptedChannel(() => steps.shift() ?? never);
    const readClock: ReadClock = async function* (serverClock) {
      await clock.advance(10);
      serverClock.learn(SERVER_START + setByMs + clock.now(), clock.now());
      yield;
    };
    const retrying = retries({ clock, readClock })(channel);
    await retrying.unary(requests.create, callOn(clock), imageResponse); // the response has the server's time
    await clock.advance(1);
    // By the first reading alone this record is older than the call.
    const error = await rejection(retrying.unary(requests.create, callOn(clock), imageResponse));
    assert.equal(outcomeOf(error), "unavailable unknown 1");
  });

  it("a create whose call is ended while the server's clock is read fails as ended", async () => {
    const clock = new ManualClock();
    const steps = [lost(), imageAnswerBytes(stored(new Date(SERVER_START)))];
    const channel = new ScriptedChannel(() => steps.shift() ?? never);
    const controller = new AbortController();
    const readClock: ReadClock = async function* () {
      controller.abort();
      yield;
    };
    const retrying = retries({ clock, readClock })(channel);
    const call = callOn(clock, { signal: controller.signal });
    const error = await rejection(retrying.unary(requests.create, call, imageResponse));
    assert.equal(outcomeOf(error), "canceled unknown 1");
  });

  it("the server's clock is read only where what it has written does not tell enough", async () => {
    const clock = new ManualClock();
    let [isLost, readings] = [false, 0];
    const channel = new ScriptedChannel(() => (isLost ? lost() : made));
    const readClock: ReadClock = async function* () {
      readings += 1;
      yield;
    };
    const retrying = retries({ clock, readClock })(channel);
    await retrying.unary(requests.create, callOn(clock), imageResponse); // the response has the server's time
    isLost = true;
    const call = callOn(clock);
    const sending = retrying.unary(requests.create, call, imageResponse);
    isLost = false; // for reading back
    await clock.until(sending);
    assert.equal(readings, 0);
    clock.wallOffsetMs = 3_600_000; // the wall clock is set: the server's clock may have been set too
    isLost = true;
    const second = rejection(clock.until(retrying.unary(requests.create, callOn(clock), imageResponse)));
    isLost = false;
    assert.equal(outcomeOf(await second), "unavailable unknown 1");
    assert.equal(readings, 1);
  });

  for (const kind of ["delete", "conditional-delete"] as const) {
    it(`a lost ${kind} whose record is gone was done`, async () => {
      const { channel, clock, retrying } = retryingOver(lost(), missing);
      await clock.until(retrying.unary(requests[kind], callOn(clock), emptyResponse));
      assert.equal(channel.methods, "delete get");
    });
  }

  it("already_exists after a create that may have been applied is looked into", async () => {
    for (const [last, expected] of [
      [madeLater, "ok"],
      [another, "already_exists unknown 2"],
      // It is not known whether another client or this call's first request has created the name.
      [missing, "unavailable unknown 2"],
    ] as const) {
      const { channel, clock, retrying } = retryingOver(status("unavailable"), missing, status("already_exists"), last);
      const sending = retrying.unary(requests.create, callOn(clock), bytesResponse);
      assert.equal(await clock.until(sending).then(() => "ok", outcomeOf), expected);
      assert.equal(channel.methods, "create get create get");
    }
  });

  it("a create that is rejected after several that may have been applied fails with the first of these", async () => {
    const cause = new Error("first");
    const first = failed("status", "unavailable", "answered", { cause });
    const steps = [first, missing, status("unavailable"), missing, status("already_exists"), missing];
    const { channel, clock, retrying } = retryingOver(...steps);
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable unknown 3");
    assert.equal(failureOf(error)?.cause, cause);
    assert.equal(channel.methods, "create get create get create get");
  });

  it("already_exists is not reported where the record cannot be read", async () => {
    for (const answer of [status("permission_denied"), Buffer.of(0xff), lost()]) {
      const steps = [status("unavailable"), missing, status("already_exists"), answer];
      const { channel, clock, retrying } = retryingOver(...steps);
      const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
      assert.equal(outcomeOf(error), "unavailable unknown 2");
      assert.match(error.message, /: status unavailable$/);
      assert.match(channel.methods, /^create get create get/);
    }
  });

  it("already_exists is not reported where the call ends as it comes, and nothing is read then", async () => {
    const controller = new AbortController();
    const taken = () => {
      controller.abort();
      return status("already_exists");
    };
    const { channel, clock, retrying } = retryingOver(status("unavailable"), missing, taken);
    const call = callOn(clock, { signal: controller.signal });
    const error = await rejection(clock.until(retrying.unary(requests.create, call, bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable unknown 2");
    assert.equal(channel.methods, "create get create");
  });

  it("a rejection of a request that was not sent settles nothing, and the record is read", async () => {
    const unsent = failed("status", "permission_denied", "never-sent");
    for (const [last, expected] of [
      [made, "ok"],
      [missing, "unavailable unknown 1"],
    ] as const) {
      const { clock, retrying } = retryingOver(status("unavailable", 0), missing, unsent, last);
      const sending = retrying.unary(requests.create, callOn(clock), bytesResponse);
      assert.equal(await clock.until(sending).then(() => "ok", outcomeOf), expected);
    }
  });

  it("only a rejection is looked into: what keeps the next request from being sent is handled as at first", async () => {
    for (const [unsent, expected, methods] of [
      [failed("status", "unavailable", "never-sent"), "ok", "create get create create"],
      [failed("misconfigured", "permission_denied", "never-sent"), "permission_denied unknown 1", "create get create"],
    ] as const) {
      const { channel, clock, retrying } = retryingOver(status("unavailable"), missing, unsent, made);
      const sending = retrying.unary(requests.create, callOn(clock), bytesResponse);
      assert.equal(await clock.until(sending).then(() => "ok", outcomeOf), expected);
      assert.equal(channel.methods, methods);
    }
  });

  it("the time that was asked for before a rejection is not said to be longer than the deadline allows", async () => {
    const steps = [status("unavailable", 700), missing, status("already_exists"), missing];
    const { clock, retrying } = retryingOver(...steps);
    const call = callOn(clock, { timeoutMs: 1_000 });
    const error = await rejection(clock.until(retrying.unary(requests.create, call, bytesResponse)));
    assert.match(error.message, /: status unavailable$/);
  });

  it("already_exists settles nothing either where the server's clock cannot be read", async () => {
    const steps = [status("unavailable"), missing, status("already_exists"), made];
    const clock = new ManualClock();
    const retrying = retries({ clock, readClock: unreadableClock })(new ScriptedChannel(() => steps.shift() ?? never));
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable unknown 2");
  });

  it("a create whose name another record has keeps the cause of the loss", async () => {
    const cause = new Error("read ECONNRESET");
    const { clock, retrying } = retryingOver(failed("broken", "unavailable", "no-answer", { cause }), another);
    const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
    assert.deepEqual([outcomeOf(error), error.cause], ["already_exists unknown 1", cause]);
    assert.match(error.message, /: it failed \(broken unavailable\), and another record has the name now$/);
  });

  it("a create whose name another record has gets the hint of a name that is taken", async () => {
    const { clock, retrying } = retryingOver(lost(), another);
    const call = callOn(clock, { method: "create" });
    const error = await rejection(clock.until(retrying.unary(requests.create, call, bytesResponse)));
    assert.match(error.hint ?? "", /^upsert\(\) creates a record or changes the one that exists/);
  });

  it("not_found and already_exists at first are final", async () => {
    const create = retryingOver(status("already_exists"));
    const error = await rejection(create.retrying.unary(requests.create, callOn(create.clock), bytesResponse));
    assert.equal(outcomeOf(error), "already_exists not-applied 1");
    const { channel, retrying, clock } = retryingOver(missing);
    assert.equal(
      outcomeOf(await rejection(retrying.unary(requests.delete, callOn(clock), emptyResponse))),
      "not_found not-applied 1",
    );
    assert.equal(channel.methods, "delete");
  });

  it("a read that is refused after a lost one is not read back", async () => {
    for (const request of [requests.get, requestOf(LIST)]) {
      const { channel, clock, retrying } = retryingOver(lost(), missing, found);
      const error = await rejection(clock.until(retrying.unary(request, callOn(clock), bytesResponse)));
      assert.equal(outcomeOf(error), "not_found not-applied 2");
      assert.equal(channel.sent.length, 2);
    }
  });

  it("is retried like any read", async () => {
    const { channel, clock, retrying } = retryingOver(lost(), lost(), status("unavailable"), madeLater);
    await clock.until(retrying.unary(requests.create, callOn(clock), imageResponse));
    assert.equal(channel.methods, "create get get get");
  });

  it("that fails leaves the first failure, and an unknown outcome", async () => {
    for (const answer of [status("permission_denied"), imageAnswerBytes({}).subarray(0, 1), Buffer.of(0xff)]) {
      const { clock, retrying } = retryingOver(status("internal"), answer);
      const error = await rejection(clock.until(retrying.unary(requests.create, callOn(clock), bytesResponse)));
      assert.equal(outcomeOf(error), "internal unknown 1");
    }
  });

  it("ends with the call, and nothing is sent after that", async () => {
    const reason = new Error("enough");
    const answers: ((answer: Uint8Array) => void)[] = [];
    const { channel, clock, retrying } = retryingOver(lost(), () => new Promise((resolve) => answers.push(resolve)));
    const controller = new AbortController();
    const call = callOn(clock, { signal: controller.signal });
    const sending = rejection(retrying.unary(requests.create, call, bytesResponse));
    await turn();
    assert.equal(channel.methods, "create get");
    controller.abort(reason);
    const error = await sending;
    assert.equal(outcomeOf(error), "canceled unknown 1");
    assert.equal(error.cause, reason);
    for (const answer of answers) answer(found);
    await clock.advance(60_000);
    assert.equal(channel.methods, "create get");
    assert.equal(clock.pending, 0);
  });

  it("that the caller ends is canceled, also if the peer had canceled the write", async () => {
    for (const first of [status("canceled"), failed("broken", "canceled", "no-answer")]) {
      const { clock, retrying } = retryingOver(first, never);
      const controller = new AbortController();
      const call = callOn(clock, { signal: controller.signal });
      const sending = rejection(retrying.unary(requests.update, call, bytesResponse));
      await turn();
      const reason = new Error("enough");
      controller.abort(reason);
      const error = await sending;
      assert.deepEqual([outcomeOf(error), error.cause], ["canceled unknown 1", reason]);
    }
  });

  it("of a client that is closed says so, and what happened to the write", async () => {
    const { clock, retrying } = retryingOver(lost(), never);
    const call = callOn(clock);
    const sending = rejection(retrying.unary(requests.update, call, bytesResponse));
    await turn();
    call.deadline.cancel({ code: "unavailable", message: "the client was closed" });
    assert.match((await sending).message, /: the client was closed: broken unavailable$/);
  });

  it("past the deadline says what happened to the write", async () => {
    const cause = new Error("connection reset");
    const broken = failed("broken", "unavailable", "no-answer", { cause });
    const { clock, retrying } = retryingOver(broken, never);
    const call = callOn(clock, { timeoutMs: 1_000 });
    const error = await rejection(clock.until(retrying.unary(requests.update, call, bytesResponse)));
    assert.equal(outcomeOf(error), "deadline_exceeded unknown 1");
    assert.match(error.message, /no answer within 1000 ms: broken unavailable$/);
    assert.equal(error.cause, cause);
    assert.match(error.hint ?? "", /the daemon is overloaded, frozen or gone/);
  });

  it("that finds no daemon has a hint that says so, and is tried once", async () => {
    const details = { code: "unavailable", evidence: "never-sent", hint: "is containerd running?" } as const;
    const unreachable = new RpcFailure("cannot connect", { ...details, kind: "unreachable" });
    for (const step of ["process", "record"]) {
      const { channel, clock, retrying } = retryingOver(lost(), unreachable);
      if (step === "process") channel.serverChangeSince = () => Promise.reject(unreachable);
      const error = await rejection(clock.until(retrying.unary(requests.update, callOn(clock), bytesResponse)));
      assert.equal(outcomeOf(error), "unavailable unknown 1");
      assert.match(error.message, /broken unavailable$/);
      assert.equal(error.hint, "is containerd running?");
      assert.equal(channel.methods, step === "process" ? "update" : "update get");
    }
  });

  it("of a sync delete past its deadline takes a fifth of a second, no more", async () => {
    const { channel, clock, retrying } = retryingOver(never, never);
    const call = callOn(clock, { timeoutMs: 1_000 });
    const start = clock.now();
    const error = await rejection(clock.until(retrying.unary(requests["sync-delete"], call, emptyResponse)));
    assert.equal(outcomeOf(error), "deadline_exceeded unknown 1");
    assert.equal(channel.methods, "delete get");
    assert.equal(clock.now() - start, 1_200);
    assert.equal(clock.pending, 0);
  });
});

describe("messages of a user of raw", () => {
  it("the record that is read back, and is too much for the caller, shows that the write was applied", async () => {
    const { clock, retrying } = retryingOver(lost(), found);
    const tooMuch = () => {
      throw new ExcessiveMessage("it has 600000 unknown fields");
    };
    const response = retrying.unary<never>(requests.update, callOn(clock), { whole: tooMuch });
    const error = await rejection(clock.until(response));
    assert.equal(outcomeOf(error), "internal applied 1");
    assert.match(error.message, /unknown fields/);
  });

  it("a record that cannot be compared with the one that is stored leaves the outcome unknown", async () => {
    const noLabel = Buffer.of(0x0a, 3, 0x12, 1, 0xff);
    const request = requestOf(UPDATE, Buffer.concat([requests.update.bytes, noLabel]));
    const { clock, retrying } = retryingOver(lost(), found);
    const error = await rejection(clock.until(retrying.unary(request, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable unknown 1");
  });
});

describe("what counts as applied", () => {
  const changed = {
    ...record,
    labels: { env: "prod", "a.b": "1" },
    target: { ...record.target, annotations: { k: "v" } },
  };
  const asStored: ReturnType<typeof stored> = {
    ...stored(new Date(0)),
    labels: { env: "prod", "a.b": "1" },
    target: { ...stored(new Date(0)).target, annotations: { k: "v" } },
  };
  const update = (paths: readonly string[], image: ImageFields = changed) =>
    updateRequest(image, paths, undefined).bytes;
  const applied = { ...asStored, labels: { ...asStored.labels, other: "of another writer" } };
  const cases: readonly (readonly [what: string, request: Uint8Array, found: typeof asStored, isApplied: boolean])[] = [
    ["a label that was set", update(["labels.a.b"]), applied, true],
    ["a label with another value", update(["labels.env"]), { ...applied, labels: { env: "dev" } }, false],
    ["a label that was to go and is there", update(["labels.other"]), applied, false],
    ["a label that was to go and is not there", update(["labels.gone"]), applied, true],
    ["a label called __proto__ that is not there", update(["labels.__proto__"]), applied, true],
    ["all labels", update(["labels"]), asStored, true],
    ["all labels, and there is one more", update(["labels"]), applied, false],
    ["an annotation", update(["annotations.k"]), applied, true],
    ["an annotation that differs", update(["annotations.k", "labels.a.b"]), without(applied, "annotations"), false],
    ["all annotations", update(["annotations"]), applied, true],
    ["the target", update(["target"]), applied, true],
    ["the target with other annotations", update(["target"]), without(applied, "annotations"), false],
    ["the target with another digest", update(["target"]), without(applied, "digest"), false],
    ["the target with another media type", update(["target"]), without(applied, "mediaType"), false],
    ["the target with another size", update(["target"]), without(applied, "size"), false],
    ["the whole record", update([]), asStored, true],
    ["the whole record, and there is a label more", update([]), applied, false],
    ["a path that no server knows", update(["name"]), asStored, false],
    [
      "a label that is empty, which is stored as none",
      update([], { ...changed, labels: { ...changed.labels, e: "" } }),
      asStored,
      true,
    ],
  ];

  for (const [what, request, image, isApplied] of cases) {
    it(`${what}: ${isApplied ? "applied" : "not known"}`, async () => {
      const { clock, retrying } = retryingOver(lost(), imageAnswerBytes(image));
      const sending = retrying.unary(requestOf(UPDATE, request), callOn(clock), bytesResponse);
      assert.equal(await clock.until(sending).then(() => "ok", outcomeOf), isApplied ? "ok" : "unavailable unknown 1");
    });
  }

  function without(image: typeof asStored, field: "annotations" | "digest" | "mediaType" | "size"): typeof asStored {
    const nothing = { annotations: {}, digest: "", mediaType: "", size: 1n };
    return { ...image, target: { ...image.target, [field]: nothing[field] } } as typeof asStored; // of the same shape
  }
});

describe("what the caller is told", () => {
  async function eventsOf(retry: Partial<RetryPolicy>, kind: "get" | "create", ...steps: readonly Answer[]) {
    const events: RetryEvent[] = [];
    const { clock, retrying } = retryingOver(...steps);
    const call = callOn(clock, { retry: { ...retry, onRetry: (event) => events.push(event) } });
    await clock.until(retrying.unary(requests[kind], call, bytesResponse).catch(() => {}));
    return events;
  }

  it("every retry, with its back-off", async () => {
    const events = await eventsOf({}, "get", lost(), status("unavailable", 40), found);
    const about = { method: "get", namespace: "default", imageName: "app:1", action: "retry" };
    assert.deepEqual(
      events.map((event) => ({ ...event, delayMs: Math.round(event.delayMs) })),
      [
        { ...about, attempt: 1, code: "unavailable", evidence: "no-answer", delayMs: 25 },
        { ...about, attempt: 2, code: "unavailable", evidence: "answered", delayMs: 40 },
      ],
    );
  });

  it("every read-back, and what it resolved", async () => {
    const events = await eventsOf({}, "create", lost(), made);
    assert.deepEqual(
      events.map(({ method, action, delayMs }) => [method, action, delayMs]),
      [
        ["create", "read-back", 0],
        ["create", "resolved", 0],
      ],
    );
  });

  it("nothing without retry", async () => {
    assert.deepEqual(await eventsOf({ maxAttempts: 1 }, "create", lost(), found), []);
  });

  it("what onRetry throws fails the call, and nothing more is sent", async () => {
    const { channel, clock, retrying } = retryingOver(lost());
    const thrown = new Error("from onRetry");
    const onRetry = () => {
      throw thrown;
    };
    await assert.rejects(
      clock.until(retrying.unary(requests.get, callOn(clock, { retry: { onRetry } }), bytesResponse)),
      thrown,
    );
    assert.equal(channel.sent.length, 1);
  });

  it("what onRetry throws before a sync delete is read back leaves no timer", async () => {
    const { clock, retrying } = retryingOver(never);
    const thrown = new Error("from onRetry");
    const onRetry = () => {
      throw thrown;
    };
    const call = callOn(clock, { retry: { onRetry } });
    await assert.rejects(clock.until(retrying.unary(requests["sync-delete"], call, emptyResponse)), thrown);
    assert.equal(clock.pending, 0);
  });

  it("a status of the server just before the deadline is the deadline, and nothing is sent again", async () => {
    const { clock, retrying } = retryingOver(after(9_995, status("unknown")));
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "deadline_exceeded not-applied 1");
    assert.match(error.message, /: the deadline passed: status unknown$/);
    assert.equal(clock.now(), 9_995);
  });

  it("not_found and a lost connection just before the deadline are what they are", async () => {
    for (const failure of [missing, lost()]) {
      const { clock, retrying } = retryingOver(after(9_995, failure));
      const call = callOn(clock, { retry: { maxAttempts: 1 } });
      const error = await rejection(clock.until(retrying.unary(requests.get, call, bytesResponse)));
      assert.equal(outcomeOf(error), `${failure.code} not-applied 1`);
    }
  });

  it("a sync delete that the server ends just before the deadline has the time to be read back", async () => {
    const { clock, retrying } = retryingOver(after(9_995, status("deadline_exceeded")), after(20, missing));
    const sending = rejection(clock.until(retrying.unary(requests["sync-delete"], callOn(clock), emptyResponse)));
    assert.equal(outcomeOf(await sending), "deadline_exceeded applied 1");
  });

  it("canceled is what the caller did, never what a server says", async () => {
    const { clock, retrying } = retryingOver(status("canceled"));
    const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
    assert.equal(outcomeOf(error), "unavailable not-applied 1");
  });
});

describe("a record that is not quite as it was asked for", () => {
  const later = new Date(SERVER_START + 10);
  const epoch = new Date(1_000);
  const withLabels = (labels: Readonly<Record<string, string>>, createdAt: Date, updatedAt = createdAt) =>
    imageAnswerBytes({ ...stored(createdAt, { updatedAt }), labels: { env: "prod", ...labels } });
  const whole = updateRequest(record, [], undefined);
  const managed = { "io.cri-containerd.image": "managed" };
  const wanting = (label: string) =>
    createRequest({ ...record, labels: { ...record.labels, "io.cri-containerd.image": label } }, undefined);

  const cases: readonly (readonly [what: string, request: Request, answer: Uint8Array, k8s: string, other: string])[] =
    [
      [
        "created in the call and changed since may be this create's, changed by somebody else",
        requests.create,
        imageAnswerBytes(stored(soon, { env: "dev", updatedAt: later })),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      [
        "labeled by CRI after the create",
        requests.create,
        withLabels(managed, soon, later),
        "ok",
        "unavailable unknown 1",
      ],
      [
        "labeled like CRI from the beginning is another create's",
        requests.create,
        withLabels(managed, soon),
        "already_exists unknown 1",
        "already_exists unknown 1",
      ],
      [
        "labeled by CRI after the create, and with another label changed",
        requests.create,
        withLabels({ ...managed, env: "dev" }, soon, later),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      [
        "with CRI's label at another value",
        requests.create,
        withLabels({ "io.cri-containerd.image": "mine" }, soon, later),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      [
        "with CRI's value where another was asked for",
        wanting("mine"),
        withLabels(managed, soon, later),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      [
        "pinned by CRI after the update",
        whole,
        withLabels({ "io.cri-containerd.pinned": "pinned" }, epoch, soon),
        "ok",
        "unavailable unknown 1",
      ],
      [
        "labeled by CRI before the update",
        whole,
        withLabels(managed, epoch),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      [
        "labeled like CRI from the beginning, with the date asked for, is not as requested",
        createRequest(record, epoch),
        withLabels(managed, epoch),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      [
        "with another label and without dates may have been changed since",
        requests.create,
        imageAnswerBytes({ ...stored(soon, { env: "dev" }), createdAt: undefined, updatedAt: undefined }),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
      ["updated with the date asked for", updateRequest(record, [], epoch), withLabels({}, epoch), "ok", "ok"],
      [
        "updated with another date than was asked for",
        updateRequest(record, [], epoch),
        withLabels({}, epoch, soon),
        "unavailable unknown 1",
        "unavailable unknown 1",
      ],
    ];
  for (const [what, request, answer, k8s, other] of cases) {
    for (const [namespace, expected] of [
      ["k8s.io", k8s],
      ["default", other],
    ] as const) {
      it(`${what}: ${expected} in ${namespace}`, async () => {
        const { clock, retrying } = retryingOver(lost(), answer);
        const call = callOn(clock, { headers: { "containerd-namespace": namespace } });
        const sending = retrying.unary(request, call, bytesResponse);
        assert.equal(await clock.until(sending).then(() => "ok", outcomeOf), expected);
      });
    }
  }
});

it("a call that ends while it waits for its next attempt fails as one that was not sent", async () => {
  const { clock, retrying } = retryingOver(status("unavailable", 9_999));
  const controller = new AbortController();
  const call = callOn(clock, { signal: controller.signal });
  const sending = rejection(retrying.unary(requests.get, call, bytesResponse));
  await clock.advance(5_000);
  controller.abort();
  assert.equal(failureOf(await sending)?.evidence, "never-sent");
});

it("a status of the server ten milliseconds before the deadline is the server's own", async () => {
  const { clock, retrying } = retryingOver(
    ({ call }) => new Promise((resolve) => call.deadline.clock.after(9_990, () => resolve(status("unknown")))),
  );
  const error = await rejection(clock.until(retrying.unary(requests.get, callOn(clock), bytesResponse)));
  assert.equal(outcomeOf(error), "unknown not-applied 1");
});

it("nothing is said of a retry where the caller has ended the call", async () => {
  for (const request of [requests.get, requests.create, requests["sync-delete"]]) {
    const events: RetryEvent[] = [];
    const { channel, clock, retrying } = retryingOver(never);
    const controller = new AbortController();
    const onRetry = (event: RetryEvent) => void events.push(event);
    const call = callOn(clock, { signal: controller.signal, retry: { onRetry } });
    const sending = rejection(retrying.unary(request, call, bytesResponse));
    await turn();
    controller.abort();
    assert.equal((await sending).code, "canceled");
    assert.deepEqual([events, channel.sent.length], [[], 1]);
  }
});

it("each request that reached a connection is counted, those of a call that succeeds too", async () => {
  const { clock, retrying } = retryingOver(status("unavailable"), failed("broken", "unavailable", "never-sent"), found);
  const call = callOn(clock);
  await clock.until(retrying.unary(requests.get, call, bytesResponse));
  assert.equal(call.attempts.total, 2);
  await clock.until(retrying.unary(requests.get, call, bytesResponse));
  assert.equal(call.attempts.total, 3);
});

it("the server's clock is read again while a reading does not tell enough, and no more after that", async () => {
  const clock = new ManualClock();
  const answers: Answer[] = [lost(), made];
  let readings = 0;
  // The first reading is imprecise: its event took a second.
  const readClock: ReadClock = async function* (serverClock) {
    for (const sentAtMs of [clock.now() - 1_000, clock.now(), clock.now()]) {
      readings += 1;
      serverClock.learn(SERVER_START + clock.now(), sentAtMs);
      yield;
    }
  };
  const channel = retries({ clock, readClock })(new ScriptedChannel(() => answers.shift() ?? never));
  await channel.unary(requests.create, callOn(clock), imageResponse);
  assert.equal(readings, 2);
});
