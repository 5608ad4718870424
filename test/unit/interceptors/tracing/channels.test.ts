import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetImageResponseSchema } from "../../../../gen/containerd/services/images/v1/images_pb.js";
import { getRequest } from "../../../../src/codec/requests.js";
import { bytesResponse } from "../../../../src/codec/responses.js";
import { ImagesClient, isNotFound, isValidationError } from "../../../../src/index.js";
import { attemptChannel, callChannel, isTracing } from "../../../../src/interceptors/tracing/channels.js";
import { traceAttempts, traceCalls } from "../../../../src/interceptors/tracing/tracing.js";
import { type Invoker, intercepted } from "../../../../src/rpc/invoker.js";
import type { Request } from "../../../../src/rpc/request.js";
import { InMemoryImages } from "../../../../src/testing/index.js";
import { ManualClock } from "../../../support/manual-clock.js";
import { callOn } from "../calls.js";
import { ScriptedChannel } from "../scripted-channel.js";
import { recorded } from "./recorded.js";
import { serve } from "./scripted-server.js";

const UNAVAILABLE = { status: 14 };
const NOT_FOUND = { status: 5 };
const EMPTY = { status: 0, message: new Uint8Array() };
const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
const FOUND = {
  status: 0,
  message: toBinary(
    GetImageResponseSchema,
    create(GetImageResponseSchema, { image: { name: "app:1", target, createdAt: { seconds: 1n } } }),
  ),
};
const CALL = "containerd-images:call";
const ATTEMPT = "containerd-images:attempt";
const retry = { baseDelayMs: 0 };

async function ended(channels: readonly string[], action: () => Promise<unknown>) {
  const seen = await recorded(channels, action);
  return seen.filter(({ event }) => event === "asyncEnd").map(({ message }) => message);
}

describe("the tracing channels", () => {
  it("tell of a call from its start to its end", async () => {
    await using server = await serve([FOUND]);
    await using images = new ImagesClient({ namespace: "k8s.io", address: server.address });
    const seen = await recorded([CALL], () => images.get("app:1"));
    assert.deepEqual(
      seen.map(({ event }) => event),
      ["start", "end", "asyncStart", "asyncEnd"],
    );
    const rpcMethod = "containerd.services.images.v1.Images/Get";
    const about = { method: "get", rpcMethod, address: server.address, namespace: "k8s.io", imageName: "app:1" };
    const pending = { attempts: 0, code: undefined, outcome: undefined, durationMs: undefined };
    assert.deepEqual(seen[0]?.message, { ...about, ...pending });
    const { result, durationMs = 0, ...last } = seen.at(-1)?.message ?? {};
    assert.deepEqual(last, { ...about, attempts: 1, code: "ok", outcome: "not-applied" });
    assert.ok(result !== undefined);
    assert.ok(durationMs > 0);
  });

  it("tell of every attempt of a call, and of the read-back that settles it", async () => {
    await using server = await serve([UNAVAILABLE, NOT_FOUND, FOUND]);
    await using images = new ImagesClient({ namespace: "n", address: server.address, retry });
    const image = { name: "app:1", target: { ...target, size: 1 } };
    const seen = await ended([CALL, ATTEMPT], () => images.create(image));
    const about = { address: server.address, namespace: "n", imageName: "app:1" };
    const withoutResult = seen.map(({ result: _, error: __, rpcMethod: ___, durationMs: ____, ...rest }) => rest);
    assert.deepEqual(withoutResult, [
      { ...about, method: "create", attempt: 1, code: "unavailable", evidence: "answered" },
      { ...about, method: "get", attempt: 1, code: "not_found", evidence: "answered" },
      { ...about, method: "create", attempt: 2, code: "ok", evidence: "answered" },
      { ...about, method: "create", attempts: 2, code: "ok", outcome: "applied" },
    ]);
  });

  it("tell by the client's clock how long a request and its call have taken", async () => {
    const clock = new ManualClock();
    const channel = new ScriptedChannel(() => assert.fail());
    const slow = intercepted(channel, {
      unary: async <T>() => {
        await clock.advance(40);
        return undefined as T; // nobody reads it
      },
    });
    const calls = traceCalls("unix:///c.sock")(
      intercepted(slow, {
        unary: async (...args) => {
          await clock.advance(2);
          return traceAttempts(slow).unary(...args);
        },
      }),
    );
    const seen = await ended([CALL, ATTEMPT], () => calls.unary(getRequest("app:1"), callOn(clock), bytesResponse));
    assert.deepEqual(
      seen.map(({ durationMs }) => durationMs),
      [40, 42],
    );
  });

  it("tell no address of a transport that the program has made", async () => {
    const service = new InMemoryImages();
    await using images = new ImagesClient({ namespace: "n", transport: service.transport });
    const seen = await ended([CALL, ATTEMPT], () => images.list());
    assert.deepEqual(
      seen.map(({ rpcMethod, address }) => [rpcMethod, address]),
      [
        ["containerd.services.images.v1.Images/List", undefined],
        ["containerd.services.images.v1.Images/List", undefined],
      ],
    );
  });

  it("tell of a failure in the same order, with every value set when the error comes", async () => {
    await using server = await serve([NOT_FOUND]);
    await using images = new ImagesClient({ namespace: "n", address: server.address });
    const seen = await recorded([CALL, ATTEMPT], () => assert.rejects(images.get("app:1")));
    assert.deepEqual(
      seen.map(({ channel, event }) => `${channel.split(":")[1]} ${event}`),
      [
        ...["call start", "attempt start", "attempt end", "call end"],
        ...["attempt error", "attempt asyncStart", "attempt asyncEnd"],
        ...["call error", "call asyncStart", "call asyncEnd"],
      ],
    );
    const [ofAttempt, ofCall] = seen.filter(({ event }) => event === "error").map(({ message }) => message);
    assert.deepEqual([ofAttempt?.code, ofAttempt?.evidence], ["not_found", "answered"]);
    assert.deepEqual([ofCall?.code, ofCall?.outcome, ofCall?.attempts], ["not_found", "not-applied", 1]);
    assert.ok(isNotFound(ofCall?.error));
    for (const message of [ofAttempt, ofCall]) assert.equal(typeof message?.durationMs, "number");
  });

  it("tell nothing of rejected input, nor of the version that a write asks for", async () => {
    const version = Buffer.from("\x0a\x06v2.1.0", "latin1");
    await using server = await serve([{ status: 0, message: version }, EMPTY]);
    await using images = new ImagesClient({ namespace: "n", address: server.address, retry: false });
    const seen = await ended([CALL, ATTEMPT], async () => {
      await assert.rejects(images.get(""), isValidationError);
      await images.delete("app:1", { ifTarget: { digest: target.digest } });
    });
    assert.deepEqual(
      seen.map(({ method }) => method),
      ["delete", "delete"],
    );
  });

  it("tell of the version that a watch asks for, and of what diagnose asks", async () => {
    const { transport } = new InMemoryImages();
    await using images = new ImagesClient({ namespace: "n", transport });
    const watched = await ended([CALL], async () => {
      for await (const { type } of images.watch()) if (type === "synced") break;
    });
    assert.deepEqual([...new Set(watched.map(({ method }) => method))], ["version", "list"]);
    const diagnosed = await ended([CALL], () => images.diagnose());
    const here = diagnosed.filter(({ address }) => address === undefined); // the others are of this machine's sockets
    assert.deepEqual(
      here.map(({ method }) => method),
      ["version", "list", "namespaces"],
    );
  });

  it("tell how a call failed, as its error does", async () => {
    await using server = await serve(["break", "break"]);
    await using images = new ImagesClient({ namespace: "n", address: server.address, retry: false });
    const seen = await recorded([CALL, ATTEMPT], () => assert.rejects(images.delete("app:1")));
    const last = seen.filter(({ event }) => event === "error").map(({ message }) => message);
    assert.deepEqual(
      last.map(({ code, evidence, outcome, attempts }) => ({ code, evidence, outcome, attempts })),
      [
        { code: "unavailable", evidence: "no-answer", outcome: undefined, attempts: undefined },
        { code: "unavailable", evidence: undefined, outcome: "unknown", attempts: 1 },
      ],
    );
  });

  it("count no request where none was sent", async () => {
    await using images = new ImagesClient({ namespace: "n", address: "/nowhere.sock", waitForDaemonMs: 0 });
    const [call] = await ended([CALL], () => assert.rejects(images.list()));
    assert.deepEqual(call?.attempts, 0);
    assert.deepEqual(call?.code, "unavailable");
  });

  it("tell of the get before a first update without counting it; an error counts it if it has failed", async () => {
    const service = new InMemoryImages();
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    const update = (name: string) => images.update(name, { labels: { env: "dev" } });
    const seen = await ended([CALL, ATTEMPT], async () => {
      await assert.rejects(update("app:1"), { code: "not_found", attempts: 1 });
      service.seed([{ name: "app:1", target: { ...target, size: 1 } }]);
      await update("app:1");
      await update("app:1");
    });
    assert.deepEqual(
      seen.map(({ method, code, attempt, attempts }) => `${method} ${code} ${attempt ?? `of ${attempts}`}`),
      [
        ...["get not_found 1", "update not_found of 0"],
        ...["get ok 1", "update ok 1", "update ok of 1"],
        ...["update ok 1", "update ok of 1"],
      ],
    );
  });

  it("tell of each request of a call that is made of several", async () => {
    const version = Buffer.from("\x0a\x06v2.1.0", "latin1");
    await using server = await serve([{ status: 0, message: version }, NOT_FOUND, NOT_FOUND]);
    await using images = new ImagesClient({ namespace: "n", address: server.address });
    const conditional = { ifTarget: { digest: target.digest } };
    const seen = await ended([CALL], () => assert.rejects(images.delete("app:1", conditional)));
    assert.deepEqual(
      seen.map(({ method, code, attempts }) => `${method} ${code} ${attempts}`),
      ["delete not_found 1", "get not_found 1"],
    );
  });

  it("tell of what raw sends too", async () => {
    await using server = await serve([FOUND]);
    await using images = new ImagesClient({ namespace: "n", address: server.address });
    const [call] = await ended([CALL], () => images.raw.get({ name: "app:1" }));
    assert.deepEqual([call?.method, call?.imageName], ["get", "app:1"]);
  });

  it("cost nothing while nobody listens: each request goes on as it came, and nothing of it is read", async () => {
    const unread = new Proxy({} as Request, { get: (_, key) => assert.fail(`${String(key)} was read`) });
    const call = callOn(new ManualClock());
    const response = Promise.resolve(Buffer.of());
    const sent: unknown[] = [];
    const channel = new ScriptedChannel(() => assert.fail());
    const next = intercepted(channel, {
      unary: <T>(...given: Parameters<Invoker["unary"]>) => {
        sent.push(...given);
        return response as Promise<T>; // the test's decoder gives bytes
      },
    });
    for (const interceptor of [traceCalls(undefined), traceAttempts]) {
      assert.equal(interceptor(next).unary(unread, call, bytesResponse), response);
      const given = sent.splice(0);
      assert.deepEqual([given[0] === unread, given[1] === call, given[2] === bytesResponse], [true, true, true]);
    }
  });

  it("know whether anybody listens", async () => {
    assert.equal(isTracing(), false);
    await recorded([ATTEMPT], async () => assert.equal(isTracing(), true));
    assert.equal(callChannel.hasSubscribers, false);
  });

  it("know it also where only the channels of the single events tell, as in Bun", async () => {
    const channels = [callChannel, attemptChannel];
    for (const channel of channels)
      Object.defineProperty(channel, "hasSubscribers", { value: undefined, configurable: true });
    try {
      assert.equal(isTracing(), false);
      await recorded([CALL], async () => assert.equal(isTracing(), true));
      await recorded([ATTEMPT], async () => assert.equal(isTracing(), true));
      const ofOneEvent = () => {};
      attemptChannel.asyncEnd.subscribe(ofOneEvent);
      assert.equal(isTracing(), true);
      attemptChannel.asyncEnd.unsubscribe(ofOneEvent);
    } finally {
      for (const channel of channels) Reflect.deleteProperty(channel, "hasSubscribers");
    }
  });
});
