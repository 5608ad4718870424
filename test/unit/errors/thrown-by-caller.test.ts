import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ErrorCode, ImagesClient, type RetryEvent } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { eventually } from "../../support/eventually.js";
import { recorded } from "../interceptors/tracing/recorded.js";
import { hooked } from "../operations/hooked-transport.js";

const service = new InMemoryImages();

/** A client whose next call fails once, and whose `onRetry` then throws the value. */
function throwing(value: unknown): ImagesClient {
  service.recover();
  service.failNext("*", "unavailable");
  const onRetry = () => {
    throw value;
  };
  return new ImagesClient({ namespace: "default", transport: service.transport, retry: { baseDelayMs: 0, onRetry } });
}

const images = new ImagesClient({ namespace: "default", transport: service.transport });
service.failNext("get", "permission_denied");
const ofLibrary = await images.get("a").catch((error: unknown) => Object.freeze(error));

const details = { code: "unknown", method: "get", namespace: "default", attempts: 1, outcome: "not-applied" };
const values: Readonly<Record<string, () => unknown>> = {
  "an error of its own": () => Object.freeze(new Error("mine")),
  "a plain object that looks like an error of the library": () => Object.freeze({ message: "mine", ...details }),
  "a frozen error of the library": () => ofLibrary,
  undefined: () => undefined,
  "a revoked proxy": revokedProxy,
};

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const calls: Readonly<Record<string, (images: ImagesClient) => Promise<unknown>>> = {
  get: (images) => images.get("a"),
  list: (images) => images.list(),
  iterate: (images) => images.iterate().next(),
  waitFor: (images) => images.waitFor("a", "present", { timeoutMs: 5_000 }),
  watch: (images) => images.watch().next(),
  cache: (images) => images.cache().ready,
  diagnose: (images) => images.diagnose(),
};

describe("a call whose onRetry throws", () => {
  for (const [call, run] of Object.entries(calls)) {
    for (const [title, make] of Object.entries(values)) {
      it(`rejects with just that: ${call}, ${title}`, async () => {
        const value = make();
        const { rejected } = await run(throwing(value)).then(
          () => assert.fail("it succeeds"),
          (reason: unknown) => ({ rejected: reason }), // a promise cannot resolve to a revoked proxy
        );
        assert.ok(rejected === value, inspect(rejected));
      });
    }
  }

  it("rejects with just that: watch, while it finds out whether its subscription was read", async () => {
    let versions = 0;
    const transport = hooked(service.transport, (method) => {
      if (method === "Version" && ++versions === 2) throw new ConnectError("not now", Code.Unavailable);
    });
    await using images = new ImagesClient({ namespace: "default", transport });
    const thrown = new Error("mine");
    const onRetry = () => {
      throw thrown;
    };
    service.recover();
    await assert.rejects(images.withRetry({ onRetry }).watch().next(), thrown);
  });

  it("ends a cache, whatever it throws", async () => {
    let isThrowing = false;
    const onRetry = () => {
      if (isThrowing) throw undefined;
    };
    service.recover();
    const retry = { baseDelayMs: 0, onRetry };
    await using images = new ImagesClient({ namespace: "default", transport: service.transport, retry });
    await using cache = images.cache();
    await cache.ready;
    isThrowing = true;
    service.failNext("get", "unavailable");
    await images.create({ name: "b", target: { mediaType: "m", digest: `sha256:${"b".repeat(64)}`, size: 1 } });
    await eventually(async () =>
      assert.throws(
        () => cache.size,
        (error) => error === undefined,
      ),
    );
  });
});

describe("an error of another call that onRetry throws", () => {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 };
  const newImage = { name: "new", target };
  service.seed([{ name: "a", target }]);

  /** An error of another client, with this code. */
  async function anothers(code: ErrorCode): Promise<unknown> {
    const other = new InMemoryImages();
    other.failNext("*", code);
    const client = new ImagesClient({ namespace: "default", transport: other.transport, retry: false });
    return rejectionOf(client.get("a"));
  }

  async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(
      (value) => assert.fail(`it succeeds with ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    );
  }

  const cases: Readonly<Record<string, readonly [code: ErrorCode, run: (images: ImagesClient) => Promise<unknown>]>> = {
    find: ["not_found", (images) => images.find("a")],
    list: ["resource_exhausted", (images) => images.list()],
    update: ["unimplemented", (images) => images.update("a", { labels: { env: "prod" } })],
    upsert: ["already_exists", (images) => images.upsert({ name: "a", target })],
    delete: ["not_found", (images) => images.delete("a", { ignoreMissing: true })],
    "delete with ifTarget": ["not_found", (images) => images.delete("a", { ifTarget: { digest: target.digest } })],
    deleteMany: ["not_found", (images) => images.deleteMany(["a"])],
    watch: ["unavailable", (images) => images.watch().next()],
    "the version that a watch reads": ["not_found", (images) => images.watch().next()],
    diagnose: ["not_found", (images) => images.diagnose()],
    "waitFor a record that is there": ["unavailable", (images) => images.waitFor("a", { timeoutMs: 5_000 })],
    "waitFor no record": ["not_found", (images) => images.waitFor("a", "absent", { timeoutMs: 5_000 })],
  };
  for (const [title, [code, run]] of Object.entries(cases)) {
    it(`says nothing about this one: ${title}, ${code}`, async () => {
      const error = await anothers(code);
      await using client = throwing(error);
      assert.equal(await rejectionOf(run(client)), error);
    });
  }

  for (const method of ["create", "delete"] as const) {
    it(`is not taken for the result of reading back a ${method}`, async () => {
      const error = await anothers("not_found");
      service.recover();
      service.failNext(method, "unavailable");
      service.failNext("get", "unavailable");
      const onRetry = ({ method: failed }: RetryEvent) => {
        if (failed === "get") throw error;
      };
      const retry = { baseDelayMs: 0, onRetry };
      await using client = new ImagesClient({ namespace: "default", transport: service.transport, retry });
      assert.equal(await rejectionOf(method === "create" ? client.create(newImage) : client.delete("a")), error);
      assert.deepEqual(
        service.calls.slice(-2).map((call) => call.method),
        [method, "get"],
      );
    });
  }

  it("is thrown as it is by every read of a cache that it has ended", async () => {
    const error = await anothers("not_found");
    await using client = throwing(error);
    await using cache = client.cache();
    assert.equal(await rejectionOf(cache.ready), error);
    await setImmediate(); // until the cache has noticed it, too
    assert.throws(
      () => cache.get("a"),
      (thrown) => thrown === error,
    );
  });

  it("gives a trace neither its code nor its outcome", async () => {
    const error = await anothers("not_found");
    await using client = throwing(error);
    const seen = await recorded(["containerd-images:call"], () => rejectionOf(client.get("a")));
    const { code, outcome, error: published } = seen.at(-1)?.message ?? assert.fail("there is no trace");
    assert.deepEqual([code, outcome, published === error], [undefined, undefined, true]);
  });
});
