import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { bytesResponse } from "../../../src/codec/responses.js";
import { concurrencyLimit } from "../../../src/interceptors/limit.js";
import type { Call } from "../../../src/rpc/call.js";
import { GET, LIST, type Method } from "../../../src/rpc/method.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "./calls.js";
import { lost, ScriptedChannel } from "./scripted-channel.js";

/** A limited channel. Its requests stay in flight until the test responds. */
class Traffic {
  readonly clock = new ManualClock();
  readonly channel = new ScriptedChannel((sent) => {
    this.inFlight.push(sent.call);
    return new Promise((resolve) => {
      this.#answers.set(sent.call, (isLost) => {
        this.inFlight.splice(this.inFlight.indexOf(sent.call), 1);
        resolve(isLost ? lost() : Buffer.of());
      });
    });
  });
  readonly inFlight: Call[] = [];
  readonly settled = new Map<Call, "ok" | unknown>();
  readonly #answers = new Map<Call, (isLost: boolean) => void>();
  readonly #invoker;

  constructor(maxConcurrency: number) {
    this.#invoker = concurrencyLimit(maxConcurrency)(this.channel);
  }

  async start(method: Method = GET, call = callOn(this.clock)): Promise<Call> {
    this.#watch(call, this.#invoker.unary(requestOf(method), call, bytesResponse));
    await turn();
    return call;
  }

  /** A pinned use that sends two requests, as the gate does. */
  async startPinned(): Promise<Call> {
    const call = callOn(this.clock);
    const use = this.#invoker.pinned(call, async (invoker) => {
      await invoker.unary(requestOf(GET), call, bytesResponse);
      await invoker.unary(requestOf(GET), call, bytesResponse);
    });
    this.#watch(call, use);
    await turn();
    return call;
  }

  async answer(call: Call | undefined, isLost = false): Promise<void> {
    assert.ok(call !== undefined);
    this.#answers.get(call)?.(isLost);
    await turn();
  }

  /** The channel rejects the request too, so it is not in flight any more. */
  async end(call: Call): Promise<void> {
    const at = this.inFlight.indexOf(call);
    if (at >= 0) this.inFlight.splice(at, 1);
    call.deadline.cancel({ code: "canceled", message: "canceled by the caller" });
    await turn();
  }

  #watch(call: Call, sending: Promise<unknown>): void {
    sending.then(
      () => this.settled.set(call, "ok"),
      (error: unknown) => this.settled.set(call, error),
    );
  }
}

it("so many calls are in flight and no more, in the order of asking", async () => {
  const traffic = new Traffic(3);
  const calls = [];
  for (let n = 0; n < 10; n += 1) calls.push(await traffic.start());
  assert.deepEqual(traffic.inFlight, calls.slice(0, 3));
  for (let done = 0; done < 10; done += 1) {
    assert.deepEqual(traffic.inFlight, calls.slice(done, done + 3));
    await traffic.answer(traffic.inFlight[0]);
  }
  assert.deepEqual([...traffic.settled.keys()], calls);
});

it("a free place goes to the call that waits, not to one that comes just then", async () => {
  const traffic = new Traffic(1);
  const first = await traffic.start();
  const waiting = await traffic.start();
  const answered = traffic.answer(first);
  const late = traffic.start();
  await Promise.all([answered, late]);
  assert.deepEqual(traffic.inFlight, [waiting]);
});

describe("lists", () => {
  it("four are in flight at a time, and other calls pass them by", async () => {
    const traffic = new Traffic(64);
    const lists = [];
    for (let n = 0; n < 6; n += 1) lists.push(await traffic.start(LIST));
    const get = await traffic.start(GET);
    assert.deepEqual(traffic.inFlight, [...lists.slice(0, 4), get]);
    await traffic.answer(lists[0]);
    assert.ok(traffic.inFlight.includes(lists[4] ?? get));
  });

  it("count among all calls", async () => {
    const traffic = new Traffic(2);
    for (let n = 0; n < 3; n += 1) await traffic.start(LIST);
    assert.equal(traffic.inFlight.length, 2);
    await traffic.start(GET);
    await traffic.answer(traffic.inFlight[0]);
    assert.equal(traffic.inFlight.length, 2);
  });

  it("wait in one line with the other calls where fewer than four of all may be in flight", async () => {
    const traffic = new Traffic(1);
    const first = await traffic.start(LIST);
    const list = await traffic.start(LIST);
    const get = await traffic.start(GET);
    await traffic.answer(first);
    assert.deepEqual(traffic.inFlight, [list]);
    await traffic.answer(list);
    assert.deepEqual(traffic.inFlight, [get]);
  });
});

it("a pinned use holds one place for all its requests", async () => {
  const traffic = new Traffic(1);
  const pinned = await traffic.startPinned();
  const other = await traffic.start();
  await traffic.answer(pinned);
  assert.deepEqual(traffic.inFlight, [pinned]);
  await traffic.answer(pinned);
  assert.deepEqual(traffic.inFlight, [other]);
});

describe("a call that waits", () => {
  it("ends with its deadline, and nothing of it is sent", async () => {
    const traffic = new Traffic(1);
    const first = await traffic.start(GET, callOn(traffic.clock, { timeoutMs: 60_000 }));
    const waiting = await traffic.start(GET, callOn(traffic.clock, { timeoutMs: 500 }));
    await traffic.clock.advance(499);
    assert.equal(traffic.settled.has(waiting), false);
    await traffic.clock.advance(1);
    assertEnded(traffic.settled.get(waiting), "deadline_exceeded");
    await traffic.answer(first);
    assert.equal(traffic.channel.sent.length, 1);
  });

  it("ends with its signal at once", async () => {
    const traffic = new Traffic(1);
    await traffic.start();
    const controller = new AbortController();
    const waiting = await traffic.start(GET, callOn(traffic.clock, { signal: controller.signal }));
    controller.abort(new Error("enough"));
    await turn();
    assertEnded(traffic.settled.get(waiting), "canceled");
  });

  it("that is over already does not wait", async () => {
    const traffic = new Traffic(1);
    await traffic.start();
    const call = callOn(traffic.clock, { signal: AbortSignal.abort() });
    await traffic.start(GET, call);
    assertEnded(traffic.settled.get(call), "canceled");
  });

  it("and gives up frees no place that it did not hold", async () => {
    const traffic = new Traffic(1);
    const first = await traffic.start();
    const [gone, next] = [await traffic.start(), await traffic.start()];
    await traffic.end(gone);
    assert.deepEqual(traffic.inFlight, [first]);
    await traffic.answer(first);
    assert.deepEqual(traffic.inFlight, [next]);
  });

  it("that ends just as its turn comes leaves the line to those behind it", async () => {
    const clock = new ManualClock();
    const limited = concurrencyLimit(1)(new ScriptedChannel(() => Buffer.of()));
    const [first, gone, next] = [callOn(clock), callOn(clock), callOn(clock)];
    const send = (call: Call) => limited.unary(requestOf(GET), call, bytesResponse);
    const sent = [
      send(first).then(() => gone.deadline.cancel({ code: "canceled", message: "canceled by the caller" })),
      send(gone),
      send(next),
    ];
    const results = await Promise.allSettled(sent);
    assert.deepEqual(
      results.map((result) => result.status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });

  function assertEnded(error: unknown, code: string): void {
    assert.ok(error instanceof Error && "code" in error && "evidence" in error);
    assert.deepEqual([error.code, error.evidence], [code, "never-sent"]);
  }
});

it("no place is lost or made, whatever starts, ends, fails and succeeds in whatever order", async () => {
  const step = fc.record({
    what: fc.constantFrom("get", "list", "pinned", "answer", "lose", "end"),
    which: fc.nat(20),
  });
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 6 }),
    fc.array(step, { maxLength: 60 }),
    async (max, steps) => {
      const traffic = new Traffic(max);
      const calls: Call[] = [];
      for (const { what, which } of steps) {
        const [flying, any] = [
          traffic.inFlight[which % (traffic.inFlight.length || 1)],
          calls[which % (calls.length || 1)],
        ];
        if (what === "get" || what === "list") calls.push(await traffic.start(what === "get" ? GET : LIST));
        else if (what === "pinned") calls.push(await traffic.startPinned());
        else if (what === "end") await (any && traffic.end(any));
        else if (flying !== undefined) await traffic.answer(flying, what === "lose");
        const waiting = calls.length - traffic.settled.size - traffic.inFlight.length;
        assert.ok(traffic.inFlight.length <= max);
        assert.ok(waiting === 0 || traffic.inFlight.length >= Math.min(max, 4), "somebody waits beside a free place");
      }
      while (traffic.inFlight.length > 0) await traffic.answer(traffic.inFlight[0]);
      assert.equal(traffic.settled.size, calls.length);
      // All places are free again: this many lists and other calls are in flight at once.
      for (let n = 0; n < max; n += 1) await traffic.start(n < 4 ? LIST : GET);
      assert.equal(traffic.inFlight.length, max);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});
