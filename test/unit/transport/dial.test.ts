import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { performServerHandshake } from "node:http2";
import { type AddressInfo, connect, Socket } from "node:net";
import { Duplex, duplexPair, Readable } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { connect as connectTls, createServer } from "node:tls";
import { runInNewContext } from "node:vm";
import { type Dial, ImagesClient, type ImagesClientOptions, isImagesError } from "../../../src/index.js";
import { Deadline } from "../../../src/rpc/deadline.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { ConnectionPool } from "../../../src/transport/http2/connection-pool.js";
import { settings } from "../../faults/frames.js";
import { Peer } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { plainStream } from "../../support/plain-stream.js";
import { selfSigned } from "../../support/self-signed.js";
import { until } from "./calls.js";

const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 1,
};

function clientOf(dial: Dial, options: Partial<ImagesClientOptions> = {}): ImagesClient {
  return new ImagesClient({ namespace: "default", dial, waitForDaemonMs: 0, ...options });
}

/** One end of a stream whose other end sends SETTINGS, and nothing else. */
function toGreeting(): Duplex {
  const [near, far] = duplexPair();
  far.resume().write(settings());
  return near;
}

function poolOf(dial: Dial) {
  const clock = new ManualClock();
  const endpoint = { kind: "dialed", dial } as const;
  const pool = new ConnectionPool(endpoint, { waitForDaemonMs: undefined, clock, random: () => 0 });
  const ready = (timeoutMs = 60_000) => pool.ready(new Deadline({ timeoutMs, signal: undefined }, clock));
  return { clock, pool, ready };
}

/** A pool whose streams begin as those of a server. */
function poolOfGreetings() {
  const streams: Duplex[] = [];
  const pool = poolOf(() => {
    const stream = toGreeting();
    streams.push(stream);
    return stream;
  });
  return { streams, ...pool };
}

/** What one call over the stream says. */
async function failureOver(dial: Dial, options?: Partial<ImagesClientOptions>) {
  await using images = clientOf(dial, options);
  const error: unknown = await images.get("app:1").catch((reason: unknown) => reason);
  assert.ok(isImagesError(error));
  const { code, outcome } = error;
  return { code, outcome, cause: error.cause, message: error.message.replace(/^.*?"default": /, "") };
}

describe("dial", () => {
  for (const [name, wrap] of [
    ["a socket that is still connecting", (socket: Socket) => socket],
    [
      "a socket that has received bytes already",
      async (socket: Socket) => {
        await once(socket, "connect");
        while (socket.readableLength === 0) await turn();
        return socket;
      },
    ],
    ["a plain stream", plainStream],
    ["a promise", async (socket: Socket) => plainStream(socket)],
  ] as const) {
    it(`carries calls and watches over ${name}`, async () => {
      await using server = await new InMemoryImages().listen("http://127.0.0.1:0");
      const streams: Duplex[] = [];
      const images = clientOf(async () => {
        const stream = await wrap(connect(Number(new URL(server.address).port), "127.0.0.1"));
        streams.push(stream);
        return stream;
      });
      const cache = images.cache();
      await cache.ready;
      await images.create({ name: "app:1", target });
      assert.equal((await images.list()).length, 1);
      const { ok, address, text } = await images.diagnose({ timeoutMs: 10_000 });
      assert.deepEqual([ok, address, text.includes("over the dialed stream")], [true, "dialed", true]);
      assert.equal(streams.length, 1);
      streams[0]?.destroy();
      assert.equal((await images.list()).length, 1);
      assert.equal(streams.length, 2);
      await cache.close();
      await images.close();
      await turn();
      await turn();
      assert.ok(streams.every(({ destroyed }) => destroyed));
    });
  }

  it("is shared by all waiting calls", async () => {
    let count = 0;
    const { pool, ready } = poolOf(() => {
      count += 1;
      return toGreeting();
    });
    const sessions = await Promise.all([ready(), ready(), ready()]);
    assert.deepEqual([new Set(sessions).size, count], [1, 1]);
    pool.destroy();
  });

  it("aborts its signal when no call waits any more, and destroys the stream that comes later", async () => {
    let resolve = (_stream: Duplex): void => assert.fail();
    const signals: AbortSignal[] = [];
    const { clock, pool, ready } = poolOf((signal) => {
      signals.push(signal);
      return new Promise((settle) => {
        resolve = settle;
      });
    });
    const first = assert.rejects(ready(1_000), { code: "deadline_exceeded", message: /dial is still pending$/ });
    const second = assert.rejects(ready(2_000), { code: "deadline_exceeded" });
    await turn();
    await clock.advance(1_000);
    await first;
    assert.deepEqual([signals.length, signals[0]?.aborted], [1, false]);
    await clock.advance(1_000);
    await second;
    assert.equal(signals[0]?.aborted, true);
    const [stream] = duplexPair();
    resolve(stream);
    await turn();
    assert.equal(stream.destroyed, true);
    pool.destroy();
  });

  it("is not called for a call that is left at once", async () => {
    let count = 0;
    const { clock, pool } = poolOf(() => {
      count += 1;
      return toGreeting();
    });
    const deadline = new Deadline({ timeoutMs: 1_000, signal: undefined }, clock);
    const left = assert.rejects(pool.ready(deadline), { code: "canceled" });
    deadline.cancel({ code: "canceled", message: "on purpose" });
    await left;
    await turn();
    assert.equal(count, 0);
    pool.destroy();
  });

  it("may reject when its signal aborts", async () => {
    const rejecting: Dial = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const { clock, pool, ready } = poolOf(rejecting);
    const call = assert.rejects(ready(1_000), { code: "deadline_exceeded" });
    await turn();
    await clock.advance(1_000);
    await call;
    await turn(); // an unhandled rejection would fail the test
    pool.destroy();
  });

  it("aborts its signal when the client closes", async () => {
    let signal: AbortSignal | undefined;
    const images = clientOf((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const call = assert.rejects(images.list(), { code: "unavailable" });
    await turn();
    await images.close({ graceMs: 0 });
    await call;
    assert.equal(signal?.aborted, true);
  });

  it("is repeated with a delay while it fails, and the calls get the stream in the end", async () => {
    let count = 0;
    const { clock, pool, ready } = poolOf(() => {
      count += 1;
      if (count < 3) throw Object.assign(new Error("nobody"), { code: "ECONNREFUSED" });
      return toGreeting();
    });
    const session = ready();
    await turn();
    assert.equal(count, 1);
    await clock.advance(89);
    assert.equal(count, 1);
    await clock.advance(1);
    await turn();
    assert.equal(count, 2);
    await clock.advance(179);
    assert.equal(count, 2);
    await clock.advance(1);
    await session;
    assert.deepEqual([count, pool.outageCount], [3, 2]);
    pool.destroy();
  });

  it("is repeated with a delay also for calls that do not wait for its result", async () => {
    let count = 0;
    const { clock, pool, ready } = poolOf(() => {
      count += 1;
      return new Promise(() => {});
    });
    const impatient = assert.rejects(ready(20), { code: "deadline_exceeded" });
    await turn();
    await clock.advance(20);
    await impatient;
    const next = assert.rejects(ready(), { message: /closed by this client/ });
    await clock.advance(89);
    await turn();
    assert.equal(count, 1);
    await clock.advance(1);
    await turn();
    assert.equal(count, 2);
    pool.destroy();
    await next;
  });

  it("is called again at once for a connection that is lost after a response", async () => {
    const { streams, pool, ready } = poolOfGreetings();
    const session = await ready();
    session.peer.responded(0);
    streams[0]?.destroy();
    const next = ready(); // on a clock that stands still
    await turn();
    assert.equal(streams.length, 2);
    assert.notEqual(await next, session);
    pool.destroy();
  });

  it("is called again for a connection that ends with what cannot be read", async () => {
    const { streams, pool, ready } = poolOfGreetings();
    const session = await ready();
    session.peer.responded(0);
    streams[0]?.destroy(Object.create(null));
    assert.notEqual(await ready(), session);
    pool.destroy();
  });

  const boom = new Error("boom");
  const cyclic = new Error("cyclic");
  cyclic.cause = cyclic;
  const unreadable = Object.defineProperty(new Error(), "code", { get: () => assert.fail() });
  const unreachable = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const dialsThatFail: readonly (readonly [name: string, dial: () => unknown, message: string, cause?: Error])[] = [
    ["throws", () => assert.fail(boom), "dial failed: boom", boom],
    ["rejects", async () => Promise.reject(unreachable), "dial failed: connect ECONNREFUSED", unreachable],
    ["returns no stream", () => 7, "dial failed: it returned a value of type number, not a Duplex of node:stream"],
    ["returns nothing", () => undefined, "dial failed: it returned undefined, not a Duplex of node:stream"],
    [
      "returns what can only be read",
      () => new Readable(),
      "dial failed: it returned a value of type object, not a Duplex of node:stream",
    ],
    ...(["readableObjectMode", "writableObjectMode"] as const).map(
      (mode) =>
        [
          `returns a stream with ${mode}`,
          () => new Duplex({ [mode]: true }),
          "dial failed: it returned a stream of objects or text, not of bytes",
        ] as const,
    ),
    ["returns a closed stream", () => new Socket().destroy(), "dial failed: the stream that it returned is closed"],
    [
      "returns a stream of text",
      () => duplexPair()[0].setEncoding("utf8"),
      "dial failed: it returned a stream of objects or text, not of bytes",
    ],
    [
      "returns a stream that has an error",
      () => {
        const [near] = duplexPair();
        process.nextTick(() => near.destroy(boom));
        return near.destroy(boom);
      },
      "dial failed: boom",
      boom,
    ],
    ["throws an error that is its own cause", () => assert.fail(cyclic), "dial failed: cyclic", cyclic],
    ["throws what cannot be read", () => assert.fail(unreadable), "dial failed: it threw a value without a text"],
    ["rejects with nothing", async () => Promise.reject(undefined), "dial failed: undefined"],
    [
      "has a mistake, in another realm",
      () => runInNewContext("undefined.x"),
      "dial failed: Cannot read properties of undefined (reading 'x')",
    ],
    ["throws an error without a text", () => assert.fail(new Error("")), "dial failed: it gave no reason"],
    [
      "returns a stream that has ended",
      async () => {
        const [near, far] = duplexPair({ allowHalfOpen: true });
        far.end();
        near.resume();
        await once(near, "end");
        return near;
      },
      "dial failed: the stream that it returned has ended",
    ],
    [
      "returns a stream that is refused",
      () => {
        const [near] = duplexPair();
        setImmediate(() => setImmediate(() => near.destroy(new Error("Unexpected server response: 403"))));
        return near;
      },
      "dial failed: Unexpected server response: 403",
    ],
    [
      "returns a stream that ends with what cannot be read",
      () => {
        const [near] = duplexPair();
        setImmediate(() => setImmediate(() => near.destroy(Object.create(null))));
        return near;
      },
      "dial failed: it threw a value without a text",
    ],
    [
      "returns a stream that ends",
      () => {
        const [near, far] = duplexPair();
        far.end();
        return near;
      },
      "the peer of the dialed stream closed the connection before it said anything",
    ],
    [
      "returns a stream of HTTP/1",
      () => {
        const [near, far] = duplexPair();
        far.resume().write("HTTP/1.1 400 Bad Request\r\n\r\n");
        return near;
      },
      "the peer of the dialed stream is not a gRPC peer",
    ],
  ];
  for (const [name, dial, message, cause] of dialsThatFail) {
    it(`says what is wrong when it ${name}`, async () => {
      const failure = await failureOver(dial as Dial);
      assert.deepEqual([failure.code, failure.outcome, failure.message], ["unavailable", "not-applied", message]);
      if (cause !== undefined) assert.equal(failure.cause, cause);
    });
  }

  for (const [offered, chosen, problem] of [
    [["h2"], ["h2"], undefined],
    [undefined, ["h2"], undefined],
    [["http/1.1"], ["http/1.1"], "the peer of the dialed stream does not agree to HTTP/2"],
  ] as const) {
    for (const place of ["an address", "a socket"] as const)
      it(`${problem ? "refuses" : "takes"} a TLSSocket to ${place} that offers ${offered ?? "no protocol"}`, async () => {
        const authority = selfSigned("localhost");
        await using service = await new InMemoryImages().listen("http://127.0.0.1:0");
        const server = createServer({ ...authority, ALPNProtocols: [...chosen] }, (near) => {
          const far = connect(Number(new URL(service.address).port), "127.0.0.1");
          near.pipe(far).pipe(near);
          near.on("error", () => far.destroy()).on("close", () => far.destroy());
          far.on("error", () => near.destroy());
        });
        await once(server.listen(0, "127.0.0.1"), "listening");
        const { port } = server.address() as AddressInfo;
        const alpn = offered === undefined ? {} : { ALPNProtocols: [...offered] };
        const tls = { ca: authority.cert, servername: "localhost", ...alpn };
        const open = async () => {
          if (place === "an address") return connectTls({ port, host: "127.0.0.1", ...tls });
          const socket = connect(port, "127.0.0.1");
          await once(socket, "connect");
          return connectTls({ socket, ...tls });
        };
        let stream: Duplex | undefined;
        const dial: Dial = async () => {
          stream = await open();
          return stream;
        };
        await using images = clientOf(dial, { timeoutMs: 20_000 });
        if (problem === undefined) assert.deepEqual(await images.list(), []);
        else await assert.rejects(images.list(), ({ message }: Error) => message.endsWith(problem));
        assert.equal(stream?.destroyed, problem !== undefined); // nothing else would close it
        await images.close();
        server.close();
      });
  }

  it("lets the process exit while the client is idle, over a socket", async () => {
    await using server = await new InMemoryImages().listen("http://127.0.0.1:0");
    const program = `
      import { connect } from "node:net";
      import { ImagesClient } from ${JSON.stringify(new URL("../../../src/index.js", import.meta.url).href)};
      const dial = () => connect(${new URL(server.address).port}, "127.0.0.1");
      const images = new ImagesClient({ namespace: "default", dial });
      await images.list();
      const watch = images.watch();
      await watch.next();
      await watch.return();
    `;
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const child = spawn(process.execPath, args, { stdio: "inherit", timeout: 60_000 });
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  for (const [what, options] of [
    ["objects", { objectMode: true }],
    ["nothing any more", { writable: false }],
  ] as const) {
    it(`destroys a stream of ${what}, and ignores what that causes`, async () => {
      let destroyed = 0;
      const stream = new Duplex({
        ...options,
        destroy: (_error, callback) => {
          destroyed += 1;
          callback(new Error("an error event without a listener would end the process"));
        },
      });
      assert.equal((await failureOver(async () => stream)).code, "unavailable");
      await turn();
      assert.equal(destroyed, 1);
    });
  }

  it("closes a socket once when the peer ends it, so that a caller can count those that are open", async () => {
    using peer = await Peer.start({});
    let closes = 0;
    const dial = () =>
      connect(peer.path).on("close", () => {
        closes += 1;
      });
    await using images = clientOf(dial);
    await images.get("app:1");
    for (const connection of peer.open) connection.end();
    await until(() => closes > 0);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    assert.equal(closes, 1);
  });

  it("can be left in any moment of its connection", async () => {
    for (let turns = 0; turns < 30; turns += 1) {
      const abort = new AbortController();
      const leave = async () => {
        for (let count = 0; count < turns; count += 1) await undefined;
        abort.abort();
      };
      const dial: Dial = () => {
        void leave();
        return toGreeting();
      };
      const { pool } = poolOf(dial);
      const ready = pool.ready(new Deadline({ timeoutMs: 60_000, signal: abort.signal }));
      await ready.catch(({ code }) => assert.equal(code, "canceled"));
      await turn();
      pool.destroy();
    }
  });

  it("takes no more requests from the moment in which the stream is destroyed", async () => {
    const stream = toGreeting();
    const { pool, ready } = poolOf(() => stream);
    const session = await ready();
    stream.destroy();
    assert.equal(session.request({ ":path": "/" }), undefined);
    pool.destroy();
  });

  it("fails the calls at once for a mistake in the function, and for a stream that it returns twice", async () => {
    const own = new TypeError("x is undefined");
    const ofNode = Object.assign(new TypeError("the path must be a string"), { code: "ERR_INVALID_ARG_TYPE" });
    for (const mistake of [own, ofNode]) {
      const { code, cause } = await failureOver(async () => Promise.reject(mistake), { waitForDaemonMs: 60_000 });
      assert.deepEqual([code, cause], ["unavailable", mistake]); // after its deadline, the code would be another
    }
    const same = toGreeting();
    const { pool, ready } = poolOf(() => same);
    await ready();
    const other = poolOf(() => same);
    await assert.rejects(other.ready(), { kind: "misconfigured", message: /the same stream twice/ });
    pool.destroy();
  });

  for (const code of ["unauthenticated", "permission_denied", "failed_precondition", "invalid_argument"]) {
    it(`ends the calls at once for an error with the code ${code}, and is called again for the next call`, async () => {
      let count = 0;
      const wrong = Object.assign(new Error("no"), { code });
      const dial = async () => {
        count += 1;
        throw wrong;
      };
      await using images = clientOf(dial, { waitForDaemonMs: 60_000, timeoutMs: 60_000 });
      for (const name of ["app:1", "app:2"]) {
        const error: unknown = await images.create({ name, target }).catch((reason: unknown) => reason);
        assert.ok(isImagesError(error));
        assert.deepEqual([error.code, error.outcome, error.attempts, error.cause], [code, "not-applied", 0, wrong]);
        assert.match(error.message, /: dial failed: no \([a-z_]+\)$/);
      }
      assert.equal(count, 2);
    });
  }

  const lost = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
  for (const [what, error] of [
    ...["unavailable", "deadline_exceeded", "ERR_SOMETHING"].map(
      (code) => [`an error with the code ${code}`, Object.assign(new Error("not yet"), { code })] as const,
    ),
    ["what fetch rejects with", new TypeError("fetch failed", { cause: lost })],
  ] as const) {
    it(`is repeated after ${what}`, async () => {
      let count = 0;
      const { clock, pool, ready } = poolOf(() => {
        count += 1;
        if (count < 2) throw error;
        return toGreeting();
      });
      const session = ready();
      await turn();
      await clock.advance(90);
      await session;
      pool.destroy();
    });
  }

  const missing = "no-such-program";
  const failedUses: readonly (readonly [name: string, use: () => Promise<unknown>, hint: RegExp])[] = [
    [
      "a program that is missing",
      () => once(spawn(missing), "spawn"),
      /^dial could not use no-such-program \(spawn no-such-program\): does it exist,/,
    ],
    ["a file that is missing", () => readFile("/no/key"), /^dial could not use \/no\/key \(open\): does it exist,/],
    [
      "something that it does not name",
      () => Promise.reject(Object.assign(new Error("no"), { code: "EACCES" })),
      /^dial could not use a file or a program \(EACCES\)/,
    ],
    ["a socket that is missing", () => once(connect("/no.sock"), "connect"), /^there is no such socket/],
  ];
  for (const [name, use, hint] of failedUses) {
    it(`has a hint about ${name}`, async () => {
      await using images = clientOf(async () => {
        await use();
        return assert.fail();
      });
      await assert.rejects(images.list(), { hint });
    });
  }

  for (const [name, breakOff] of [
    ["the peer ends it", (_: Duplex, far: Duplex) => far.end()],
    ["it is destroyed", (near: Duplex) => near.destroy()],
    ["it has an error", (near: Duplex) => near.destroy(new Error("boom"))],
    ["this side ends it", (near: Duplex) => near.end()],
  ] as const) {
    it(`loses its calls as any connection does when ${name}`, async () => {
      const [near, far] = duplexPair();
      performServerHandshake(far)
        .on("error", () => {})
        .on("stream", () => breakOff(near, far));
      const { code, outcome } = await failureOver(() => near, { retry: false, timeoutMs: 5_000 });
      assert.deepEqual([code, outcome], ["unavailable", "not-applied"]);
      near.emit("error", new Error("late")); // an error event without a listener would end the process
      assert.equal(near.destroyed, true);
    });
  }

  it("is final if the stream is destroyed with an error whose code says so", async () => {
    let count = 0;
    await using images = new ImagesClient({
      namespace: "default",
      dial: () => {
        count += 1;
        const [near] = duplexPair();
        setImmediate(() => near.destroy(Object.assign(new Error("no"), { code: "unauthenticated" })));
        return near;
      },
    });
    await assert.rejects(images.list(), { code: "unauthenticated", message: /dial failed: no/ });
    assert.equal(count, 1);
  });

  it("has failed if the stream closes, without an error, while it is still connecting", async () => {
    const { message, code, outcome } = await failureOver(() => {
      const stream = Object.assign(duplexPair()[0], { connecting: true });
      setImmediate(() => stream.destroy());
      return stream;
    });
    assert.deepEqual(
      [message, code, outcome],
      ["dial failed: the connection was closed", "unavailable", "not-applied"],
    );
  });

  it("says why it failed last while it is pending again", async () => {
    let count = 0;
    const { clock, pool, ready } = poolOf(() => {
      count += 1;
      return count === 1 ? Promise.reject(new Error("the login failed")) : new Promise(() => {});
    });
    const call = assert.rejects(ready(5_000), {
      code: "deadline_exceeded",
      message: /: dial failed: the login failed$/,
    });
    await turn();
    await clock.advance(5_000);
    await call;
    assert.equal(count, 2);
    pool.destroy();
  });

  it("says that the host does not answer while the stream is still connecting", async () => {
    const { clock, pool, ready } = poolOf(() => Object.assign(duplexPair()[0], { connecting: true }));
    const call = assert.rejects(ready(1_000), {
      code: "deadline_exceeded",
      message: /: dial failed: the host does not answer$/,
      hint: /^a firewall may drop/,
    });
    await turn();
    await clock.advance(1_000);
    await call;
    pool.destroy();
  });

  for (const [name, breakOff] of [
    ["the peer ends it", (_: Duplex, far: Duplex) => far.end()],
    ["it destroys itself", (near: Duplex) => near.destroy()],
  ] as const) {
    it(`is called again for a stream that does not say it is closed, when ${name}`, async () => {
      await using server = await new InMemoryImages().listen("http://127.0.0.1:0");
      const streams: (readonly [near: Duplex, far: Duplex])[] = [];
      await using images = clientOf(() => {
        const [near, far] = duplexPair({ emitClose: false });
        const socket = connect(Number(new URL(server.address).port), "127.0.0.1");
        far.pipe(socket).pipe(far);
        far.on("close", () => socket.destroy());
        streams.push([near, far]);
        return near;
      });
      await images.list();
      const [first] = streams;
      assert.ok(first);
      breakOff(...first);
      await turn();
      await images.list({ timeoutMs: 10_000 });
      assert.equal(streams.length, 2);
      for (const pair of streams) for (const stream of pair) stream.destroy();
      first[1].emit("close");
      streams[1]?.[1].emit("close");
    });
  }

  it("fails at once for a stream that ends while it connects, and does not say it is closed", async () => {
    const [near, far] = duplexPair({ emitClose: false });
    far.resume();
    const dial = () => {
      setImmediate(() => near.end());
      return Object.assign(near, { connecting: true });
    };
    const { code, message } = await failureOver(dial, { timeoutMs: 60_000 });
    assert.deepEqual([code, message], ["unavailable", "dial failed: the connection was closed"]);
  });

  it("loses its calls over a stream that does not say it is closed, too", async () => {
    const [near, far] = duplexPair({ emitClose: false });
    far.resume().write(settings());
    const { pool, ready } = poolOf(() => near);
    const session = await ready();
    const request = session.request({ ":path": "/" });
    assert.ok(request);
    const closed = once(request, "close");
    far.end();
    await closed;
    assert.equal(session.gone, true);
    pool.destroy();
  });

  it("leaves open what became of a first write that is lost, if another daemon may respond now", async () => {
    await using first = await new InMemoryImages().listen("http://127.0.0.1:0");
    await using second = await new InMemoryImages().listen("http://127.0.0.1:0");
    await using atFirst = new ImagesClient({ namespace: "default", address: first.address });
    await atFirst.create({ name: "app:1", target });
    const [near, far] = duplexPair();
    const socket = connect(Number(new URL(first.address).port), "127.0.0.1");
    far.pipe(socket).pipe(far);
    const ways = [near, connect(Number(new URL(second.address).port), "127.0.0.1")];
    await using images = clientOf(() => ways.shift() ?? assert.fail("a third connection"));
    await images.list();
    far.unpipe(socket).resume(); // the delete does not arrive
    const deleted = images.delete("app:1");
    await turn();
    socket.destroy();
    near.destroy();
    await assert.rejects(deleted, { code: "unavailable", outcome: "unknown" });
    assert.equal((await atFirst.list()).length, 1);
  });
});
