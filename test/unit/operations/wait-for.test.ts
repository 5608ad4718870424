import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { InFlightCalls } from "../../../src/core/in-flight-calls.js";
import { field, ImagesClient, ImagesError } from "../../../src/index.js";
import { keepFailure } from "../../../src/interceptors/error-of-call.js";
import { type Wait, waitFor } from "../../../src/operations/wait-for.js";
import { Deadline } from "../../../src/rpc/deadline.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor } from "../../contract/records.js";
import { ManualClock } from "../../support/manual-clock.js";
import { clockedClient } from "./clocked-client.js";
import { hooked } from "./hooked-transport.js";

const image = {
  name: "app:1",
  labels: {},
  target: { ...descriptor("a"), annotations: {} },
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

type Found = typeof image | undefined | ImagesError;

/** A wait whose reads return these values in turn, and then always the last one; `at` has the times of the reads. */
function wait(
  reads: readonly Found[],
  options: Partial<Wait> & { timeoutMs?: number; signal?: AbortSignal; clock?: ManualClock } = {},
) {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal, clock = new ManualClock(), ...rest } = options;
  const at: number[] = [];
  const deadline = new Deadline({ timeoutMs, signal }, clock);
  const attempts = { total: 0 };
  const read = async () => {
    attempts.total += 1;
    const found = reads[Math.min(at.push(clock.now()), reads.length) - 1];
    if (found instanceof ImagesError) throw found;
    return found;
  };
  const waiting = waitFor(deadline, {
    name: image.name,
    namespace: "default",
    address: "unix:///run/c.sock",
    attempts,
    condition: "present",
    read,
    ...rest,
  });
  const result = waiting.finally(() => deadline.release());
  result.catch(() => {}); // the test awaits it later
  return { clock, deadline, at, result };
}

function failure(code: ImagesError["code"], cause?: Error): ImagesError {
  const details = { code, method: "get", namespace: "default", attempts: 1, outcome: "not-applied", hint: "look" };
  return new ImagesError(`get: ${code}`, { ...details, outcome: "not-applied", cause });
}

/** The failure of a server that asks to wait so many milliseconds. */
function asking(pushback: number): ImagesError {
  const details = { code: "unavailable", kind: "status", evidence: "answered", pushback } as const;
  return keepFailure(failure("unavailable"), new RpcFailure("busy", details));
}

const never = new Promise<never>(() => {});

/** Calls that count who listens to their end. */
class CountingCalls extends InFlightCalls {
  listeners = 0;

  override onClose(listener: () => void): () => void {
    const unsubscribe = super.onClose(listener);
    this.listeners += 1;
    return () => {
      this.listeners -= 1;
      unsubscribe();
    };
  }
}

describe("waitFor", () => {
  it("reads at once, then ever more rarely, in the end once a second", async () => {
    const { clock, at, result } = wait([...Array<undefined>(9).fill(undefined), image]);
    await clock.advance(10_000);
    assert.equal(await result, image);
    assert.deepEqual(at, [0, 50, 150, 350, 750, 1_550, 2_550, 3_550, 4_550, 5_550]);
    assert.equal(clock.pending, 0);
  });

  it("reads once where the condition holds already", async () => {
    const { clock, at, result } = wait([image]);
    assert.equal(await result, image);
    assert.deepEqual([at, clock.pending], [[0], 0]);
  });

  it("retries after transient failures", async () => {
    const { clock, at, result } = wait([failure("unavailable"), failure("deadline_exceeded"), undefined, image]);
    await clock.advance(1_000);
    assert.equal(await result, image);
    assert.equal(at.length, 4);
  });

  it("waits as long as the server asks, but 30 s at most", async () => {
    const { clock, at, result } = wait([asking(3_000), asking(10), asking(90_000), image]);
    await clock.advance(3_000);
    await clock.advance(100);
    await clock.advance(30_000);
    assert.equal(await result, image);
    assert.deepEqual(at, [0, 3_000, 3_100, 33_100]);
  });

  it("does not wait beyond its own deadline when the server asks for it", async () => {
    const { clock, at, result } = wait([asking(20_000)], { timeoutMs: 1_000 });
    await clock.advance(1_000);
    await assert.rejects(result, { code: "deadline_exceeded", method: "waitFor" });
    assert.deepEqual([at, clock.pending], [[0], 0]);
  });

  it("rejects at once for a failure that is not transient", async () => {
    for (const code of [
      "permission_denied",
      "unimplemented",
      "failed_precondition",
      "invalid_argument",
      "internal",
    ] as const) {
      const error = failure(code);
      const { clock, at, result } = wait([undefined, error], { timeoutMs: 1_000 });
      await clock.advance(50);
      await assert.rejects(result, error);
      assert.deepEqual([at, clock.pending], [[0, 50], 0]);
    }
  });

  it("gives up when the time is up, and tells what the last read failed with", async () => {
    const cause = new Error("connect ENOENT");
    const { clock, at, result } = wait([undefined, failure("unavailable", cause)], { timeoutMs: 1_000 });
    await clock.advance(999);
    await clock.advance(1);
    await assert.rejects(result, {
      code: "deadline_exceeded",
      method: "waitFor",
      imageName: "app:1",
      namespace: "default",
      attempts: at.length,
      hint: "look",
      cause,
      message:
        'waitFor "app:1" in namespace "default": gave up after 1000 ms at unix:///run/c.sock; wanted a record; last seen: no record; the last read failed: get: unavailable',
    });
    assert.deepEqual(at, [0, 50, 150, 350, 750]);
    assert.equal(clock.pending, 0);
  });

  it("says why the last read got no response, and not that the time of the read was up, too", async () => {
    const details = { code: "deadline_exceeded", evidence: "never-sent" } as const;
    const unreachable = new RpcFailure("cannot connect", { ...details, code: "unavailable", kind: "unreachable" });
    const ended = new RpcFailure("no answer within 250 ms: cannot connect", {
      ...details,
      kind: "ended",
      cause: unreachable,
    });
    const { clock, result } = wait([undefined, keepFailure(failure("deadline_exceeded"), ended)], { timeoutMs: 300 });
    await clock.advance(300);
    await assert.rejects(result, { message: /last seen: no record; the last read failed: cannot connect$/ });
  });

  it("says how long it has waited, not what the clock shows", async () => {
    const clock = new ManualClock();
    await clock.advance(5_000);
    const { result } = wait([undefined], { clock, timeoutMs: 1_000 });
    await clock.advance(1_000);
    await assert.rejects(result, { message: /gave up after 1000 ms/ });
  });

  it("does not report a failure that is over by then", async () => {
    const { clock, result } = wait([failure("unavailable"), undefined], { timeoutMs: 1_000 });
    await clock.advance(1_000);
    await assert.rejects(result, {
      message:
        'waitFor "app:1" in namespace "default": gave up after 1000 ms at unix:///run/c.sock; wanted a record; last seen: no record',
    });
  });

  it("says what was wanted and what there was instead", async () => {
    const { digest } = image.target;
    const other = descriptor("b").digest;
    const labels = { env: "dev", tier: "web", "odd\n": "x".repeat(1_000) };
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`l${i}`, "x"]));
    const cases: [Partial<Wait>, readonly Found[], string][] = [
      [{ condition: "absent" }, [image], `wanted no record; last seen: a record with digest "${digest}"`],
      [
        { condition: { digest: other } },
        [image],
        `wanted a record with digest "${other}"; last seen: a record with digest "${digest}"`,
      ],
      [{ condition: { digest: other } }, [undefined], `wanted a record with digest "${other}"; last seen: no record`],
      [
        { condition: { digest, labels: { env: "prod", tier: null, a: "b" } } },
        [{ ...image, labels }],
        `wanted a record with digest "${digest}", label "env" "prod", no label "tier", label "a" "b"; last seen: a record with label "env" "dev", label "tier" "web", no label "a"`,
      ],
      [
        { condition: { labels: { "odd\n": "y" } } },
        [{ ...image, labels }],
        `wanted a record with label "odd\\n" "y"; last seen: a record with label "odd\\n" "${"x".repeat(59)}…${"x".repeat(59)}"`,
      ],
      [
        { condition: { labels: many } },
        [image],
        'wanted a record with label "l0" "x", label "l1" "x", label "l2" "x", label "l3" "x", label "l4" "x", 4 more; last seen: a record with no label "l0", no label "l1", no label "l2", no label "l3", no label "l4", 4 more',
      ],
      [
        { condition: field.label("env").equals("prod") },
        [{ ...image, labels: { env: "dev" } }],
        `wanted a record that matches labels.env=="prod"; last seen: a record with digest "${digest}", label "env" "dev"`,
      ],
      [{}, [failure("unavailable")], "wanted a record; the last read failed: get: unavailable"],
    ];
    for (const [options, reads, text] of cases) {
      const { clock, result } = wait(reads, { timeoutMs: 1_000, address: undefined, ...options });
      await clock.advance(1_000);
      await assert.rejects(result, {
        message: `waitFor "app:1" in namespace "default": gave up after 1000 ms; ${text}`,
      });
    }
  });

  it("names the full name if there was no record of a short one until the time was up", async () => {
    const last = async (reads: readonly Found[], options: Partial<Wait> = {}) => {
      const { clock, result } = wait(reads, { timeoutMs: 1_000, ...options });
      await clock.advance(1_000);
      return result.then(
        () => assert.fail(),
        ({ hint }: ImagesError) => hint,
      );
    };
    assert.match((await last([undefined])) ?? "", /they would store this one as "docker\.io\/library\/app:1"$/);
    assert.equal(await last([undefined], { name: "docker.io/library/app:1" }), undefined);
    assert.equal(await last([image], { condition: "absent" }), undefined);
    assert.equal(await last([image], { condition: { labels: { env: "prod" } } }), undefined);
    assert.equal(await last([undefined, failure("unavailable")]), "look");
  });

  it("ends at once when it is aborted while it pauses", async () => {
    const controller = new AbortController();
    const { clock, at, result } = wait([undefined], { signal: controller.signal });
    await clock.advance(5_000);
    const reads = at.length;
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(result, (error: ImagesError) => {
      assert.deepEqual([error.code, error.attempts, error.hint], ["canceled", reads, undefined]);
      assert.equal(error.cause, reason);
      assert.doesNotMatch(error.message, /gave up|last seen/);
      return true;
    });
    await clock.advance(5_000);
    assert.deepEqual([at.length, clock.pending], [reads, 0]);
  });

  it("waits as long as it takes where it has no timeout", async () => {
    const { clock, result } = wait([...Array<undefined>(5_000).fill(undefined), image]);
    await clock.advance(4_999_000);
    assert.equal(await result, image);
  });

  it("gives each read the client's deadline, or what is left of its own", async () => {
    const controller = new AbortController();
    const timeouts: number[] = [];
    const { transport } = new InMemoryImages();
    const images = new ImagesClient({
      namespace: "default",
      timeoutMs: 5_000,
      transport: {
        stream: (...request) => transport.stream(...request),
        unary: (...request) => {
          timeouts.push(request[2] ?? 0);
          controller.abort();
          return transport.unary(...request);
        },
      },
    });
    await assert.rejects(images.waitFor("x", "present", { signal: controller.signal }), { code: "canceled" });
    await assert.rejects(images.waitFor("x", "present", { timeoutMs: 900 }), { code: "deadline_exceeded" });
    const [first = 0, ...others] = timeouts;
    assert.ok(first > 900 && first <= 5_000, `${first} ms`);
    assert.ok(others.length > 0);
    assert.ok(Math.max(...others) <= 900, `${others} ms`);
  });

  it("sends its headers with each read, and leaves no timer behind", async () => {
    const service = new InMemoryImages();
    const clock = new ManualClock();
    const sent: unknown[] = [];
    const images = clockedClient(
      {
        stream: (...request) => service.transport.stream(...request),
        unary: (...request) => {
          sent.push(new Headers(request[3]).get("x-request-id"));
          return service.transport.unary(...request);
        },
      },
      clock,
    );
    await images.find("app:1"); // loads what a first call needs
    sent.length = 0;
    const waiting = images.waitFor("app:1", "present", { timeoutMs: 60_000, headers: { "x-request-id": "7" } });
    await clock.advance(49);
    service.seed([{ name: "app:1", target: descriptor("a") }]);
    await clock.advance(1);
    assert.equal((await waiting).name, "app:1");
    assert.deepEqual(sent, ["7", "7"]);
    assert.equal(clock.pending, 0);
  });

  it("ends at once when its client is closed or its signal aborts, also while it reads", async () => {
    const clock = new ManualClock();
    const images = clockedClient(
      hooked(new InMemoryImages().transport, () => never),
      clock,
    );
    const abort = new AbortController();
    const reason = new Error("enough");
    const aborted = images.waitFor("app:1", "present", { signal: abort.signal });
    const closed = images.waitFor("app:1", "present", { timeoutMs: 60_000 });
    await turn();
    abort.abort(reason);
    await assert.rejects(aborted, { code: "canceled", cause: reason });
    void images.close({ graceMs: 5_000 });
    await assert.rejects(closed, { code: "unavailable", outcome: "not-applied", message: /the client was closed$/ });
    await turn();
    assert.equal(clock.pending, 0);
  });

  it("says that the timeout of its signal has passed while it reads, and what that may mean", async () => {
    const abort = new AbortController();
    // Not a turn of the event loop after the call: the code of the transport may still be loading then.
    const reads = () => {
      setImmediate(() => abort.abort(new DOMException("on purpose", "TimeoutError")));
      return never;
    };
    const images = clockedClient(hooked(new InMemoryImages().transport, reads), new ManualClock());
    const waiting = images.waitFor("app:1", "present", { signal: abort.signal });
    await assert.rejects(waiting, ({ code, message, hint }: ImagesError) => {
      assert.equal(code, "deadline_exceeded");
      assert.match(message, /the last read failed: the signal's timeout passed$/);
      assert.match(hint ?? "", /overloaded, frozen or gone/);
      return true;
    });
  });

  it("listens to the end of its client no longer than it lasts", async () => {
    const clock = new ManualClock();
    const inFlight = new CountingCalls(clock);
    const images = clockedClient(new InMemoryImages().transport, clock, inFlight);
    const waiting = images.waitFor("app:1", "absent", { timeoutMs: 1_000 });
    assert.equal(inFlight.listeners, 1);
    await waiting;
    assert.equal(inFlight.listeners, 0);
  });

  it("counts the requests of all reads", async () => {
    const clock = new ManualClock();
    const images = clockedClient(new InMemoryImages().transport, clock);
    await images.find("app:1"); // loads what a first call needs
    const waiting = images.waitFor("app:1", "present", { timeoutMs: 200 });
    await Promise.all([assert.rejects(waiting, { code: "deadline_exceeded", attempts: 3 }), clock.advance(200)]);
  });

  it("waits for a daemon that answers unavailable for a while", async () => {
    const service = new InMemoryImages();
    let gets = 0;
    const images = new ImagesClient({
      namespace: "default",
      transport: hooked(service.transport, (method) => {
        if (method !== "Get") return;
        gets += 1;
        if (gets < 3) service.failNext("get", "unavailable");
        else service.seed([{ name: "app:1", target: descriptor("a") }]);
      }),
    });
    const options = { timeoutMs: 5_000, retry: false } as const;
    assert.equal((await images.waitFor("app:1", "present", options)).name, "app:1");
    assert.equal(gets, 3);
  });

  it("fails as soon as any call would where no daemon has ever been", async () => {
    const images = new ImagesClient({ namespace: "default", address: "/nowhere/containerd.sock", waitForDaemonMs: 0 });
    await assert.rejects(images.waitFor("app:1", "present", { timeoutMs: 60_000 }), {
      code: "unavailable",
      method: "waitFor",
      hint: /is containerd running/,
    });
  });
});

it("a pattern holds only where the digest and every label are as it says", async () => {
  const labels = { env: "prod", tier: "web" };
  const records = [
    { ...image, labels },
    { ...image, labels: { env: "prod", tier: "db" } },
    { ...image, labels: { env: "prod" } },
    { ...image, labels: {} },
    { ...image, labels, target: { ...image.target, digest: descriptor("b").digest } },
  ];
  const { digest } = image.target;
  for (const [condition, expected] of [
    [{ labels }, [0, 4]],
    [{ digest }, [0, 1, 2, 3]],
    [{ digest, labels }, [0]],
    [{ digest, labels: { env: "prod", tier: null } }, [2]],
    [{ labels: { env: "prod", toString: null } }, [0, 1, 2, 4]],
  ] as const) {
    for (const [n, found] of records.entries()) {
      const { clock, result } = wait([found], { condition, timeoutMs: 1 });
      const ended = result.then(
        () => "holds",
        (error: ImagesError) => `${error.code} ${error.outcome}`,
      );
      await clock.advance(1);
      const holds = expected.some((each) => each === n);
      assert.equal(await ended, holds ? "holds" : "deadline_exceeded not-applied", JSON.stringify([condition, n]));
    }
  }
});
