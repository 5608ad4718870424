import assert from "node:assert/strict";
import { rmSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { Version } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { ImagesClient, isUnavailable } from "../../../src/index.js";
import { InMemoryImages, type InMemoryImagesOptions, profiles } from "../../../src/testing/index.js";
import { eventually } from "../../support/eventually.js";
import { RawConnection } from "../../support/raw-cases/call.js";
import { issuesOf } from "../schema/issues.js";

const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const wireTarget = { ...target, size: 1n };
const headers = { "containerd-namespace": "default" };
const second = 1_000_000_000n;
const noModes = process.platform === "win32" ? "files of Windows have no modes" : false;

function start(options?: InMemoryImagesOptions): { service: InMemoryImages; client: Client<typeof Images> } {
  const service = new InMemoryImages(options);
  return { service, client: createClient(Images, service.transport) };
}

async function codeOf(call: Promise<unknown>): Promise<Code | "ok"> {
  return call.then(
    () => "ok" as const,
    (error: unknown) => ConnectError.from(error).code,
  );
}

/** How many sockets with a file this process has, servers included. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "PipeWrap").length;
}

describe("InMemoryImages", () => {
  it("records every call: method, namespace, lease, request", async () => {
    const { service, client } = start();
    await client.create(
      { image: { name: "a", target: wireTarget } },
      { headers: { ...headers, "containerd-lease": "held" } },
    );
    await codeOf(client.get({ name: "b" }));
    assert.deepEqual(
      service.calls.map(({ method, namespace, lease }) => [method, namespace, lease]),
      [
        ["create", "default", "held"],
        ["get", undefined, undefined],
      ],
    );
    const [call] = service.calls;
    assert.equal(call?.method === "create" && call.request.image?.name, "a");
  });

  it("seeds and snapshots records of any namespace", async () => {
    const { service, client } = start({ clock: () => 7n * second });
    const createdAt = new Date("2020-01-02T03:04:05.678Z");
    service.seed([
      { name: "b", target, labels: { env: "prod", gone: "" } },
      { name: "a", target: { ...target, annotations: { k: "v" } }, namespace: "k8s.io", createdAt },
    ]);
    const [first, other] = service.snapshot();
    assert.deepEqual(first, {
      namespace: "default",
      name: "b",
      labels: { env: "prod" },
      target: { ...target, annotations: {} },
      createdAt: new Date(7_000),
      updatedAt: new Date(7_000),
    });
    assert.deepEqual([other?.namespace, other?.createdAt, other?.updatedAt], ["k8s.io", createdAt, createdAt]);
    assert.deepEqual([service.calls.length, (await client.list({}, { headers })).images.length], [0, 1]);
    const copy = new InMemoryImages();
    copy.seed(service.snapshot());
    assert.deepEqual(copy.snapshot(), service.snapshot());
  });

  it("refuses to seed what no server would hold, names the record, and seeds nothing", () => {
    const { service } = start();
    const good = { name: "a", target };
    for (const [bad, expected] of [
      [{ name: "", target }, /^Status: images\[1\]: Image\.Name required$/],
      [{ ...good, target: { ...target, digest: "x" } }, /^Status: images\[1\]: Target\.Digest "x" invalid/],
      [{ ...good, namespace: "-" }, /^Status: images\[1\]: namespace validation/],
      [{ ...good, namespace: "version" }, /^Status: images\[1\]: incompatible value$/],
      [{ ...good, labels: { "": "x" } }, /^Status: images\[1\]: writing labels for image a: /],
    ] as const) {
      assert.throws(() => service.seed([good, bad]), expected);
    }
    assert.throws(() => service.addLease("a", "version"), /^Status: incompatible value$/);
    assert.deepEqual(service.snapshot(), []);
  });

  it("seeds what create takes, with or without labels and timestamps", async () => {
    const { service } = start();
    const annotations = { k: "v" };
    const image = {
      name: "a",
      labels: {},
      target: { ...target, annotations },
      createdAt: new Date(1),
      updatedAt: new Date(2),
    };
    const images = new ImagesClient({ namespace: "default", transport: service.transport });
    for (const record of [
      image,
      { name: "b", target },
      { name: "c", target, labels: undefined, createdAt: undefined },
    ]) {
      service.seed([record]);
      const seeded = await images.get(record.name);
      await images.delete(record.name);
      const { labels, target } = await images.create(record);
      assert.deepEqual({ labels, target }, { labels: seeded.labels, target: seeded.target });
    }
    service.seed(new Set([image]));
    assert.deepEqual(await images.get("a"), image);
  });

  it("names what is no record, as create does, and seeds nothing", () => {
    const { service } = start();
    const record = { name: "a", target };
    const table: readonly (readonly [images: unknown, ...issues: string[]])[] = [
      [undefined, "images: is required"],
      [record, "images: must be a list of records, got an object"],
      ["app:1", 'images: must be a list of records, got "app:1"'],
      [[undefined], "images[0]: is required"],
      [["app:1"], "images[0]: must be a plain object, got a string"],
      [[{ name: "a" }], "images[0].target: is required"],
      [[{ ...record, lables: {} }], "images[0].lables: is not a known field; did you mean labels?"],
      [[{ ...record, labels: new Map() }], "images[0].labels: must be a plain object, got a Map"],
      [[{ ...record, labels: { a: 1 } }], "images[0].labels.a: must be a string, got a number"],
      [
        [{ name: "a", target: { ...target, size: 1.5 } }],
        "images[0].target.size: must be a whole number of bytes, got 1.5",
      ],
      [[{ ...record, createdAt: "2020" }], 'images[0].createdAt: must be a valid Date, got "2020"'],
    ];
    for (const [images, ...issues] of table) {
      assert.deepEqual(
        issuesOf(() => service.seed(images as never)),
        issues,
      );
    }
    assert.throws(() => service.seed([record, { name: 5 } as never]), /^ValidationError: seed: images\[1\]\.name: /);
    assert.deepEqual(service.snapshot(), []);
  });

  it("names options that it does not have, and what is no address to listen at", async () => {
    for (const [options, issue] of [
      [{ versoin: "1.7" }, "versoin: is not a known field; did you mean version?"],
      [{ images: [] }, "images: is not a known field"],
      [{ cri: "yes" }, 'cri: must be true, false or an object, got "yes"'],
      [{ cri: { delayMS: 5 } }, "cri.delayMS: is not a known field; did you mean delayMs?"],
      [{ cri: { delayMs: "5" } }, 'cri.delayMs: must be from 0 to 2147483647, got "5"'],
      [{ cri: { configDigests: new Map() } }, "cri.configDigests: must be a plain object, got a Map"],
      [{ clock: 5n }, "clock: must be a function, got 5n"],
      [{ collectionMs: Number.NaN }, "collectionMs: must be from 0 to 2147483647, got NaN"],
      [{ recordsCalls: 0 }, "recordsCalls: must be true or false, got 0"],
      [{ deleteTarget: "no" }, 'deleteTarget: must be true or false, got "no"'],
      [{ serverVersion: 2.1 }, "serverVersion: must be a string, got 2.1"],
      ["1.7", 'options: must be a plain object, such as { version: "2.1" }, got a string'],
    ] as const)
      assert.deepEqual(
        issuesOf(() => new InMemoryImages(options as never)),
        [issue],
      );
    assert.equal(new InMemoryImages({ gzip: false }).profile.gzip, false);
    await assert.rejects(start().service.listen(0 as never), /address: must be a socket path, .* got 0$/);
  });

  it("names what is no lease", () => {
    const { service } = start();
    for (const call of [service.addLease, service.removeLease].map((method) => method.bind(service))) {
      assert.deepEqual(
        issuesOf(() => call("")),
        ['id: must be one or more printable ASCII characters without spaces, got ""'],
      );
      assert.deepEqual(
        issuesOf(() => call(undefined as never)),
        ["id: is required"],
      );
      assert.deepEqual(
        issuesOf(() => call("a", null as never)),
        ["namespace: must be a string, got null"],
      );
    }
  });

  it("fails the next calls of a method in the order they were told", async () => {
    const { service, client } = start();
    service.failNext("list", "unavailable");
    service.failNext("list", "resource_exhausted");
    assert.equal(await codeOf(client.get({ name: "a" }, { headers })), Code.NotFound);
    assert.equal(await codeOf(client.list({}, { headers })), Code.Unavailable);
    assert.equal(await codeOf(client.list({}, { headers })), Code.ResourceExhausted);
    assert.equal(await codeOf(client.list({}, { headers })), "ok");
  });

  it("fails as many calls as it is told, and then what was told later", async () => {
    const { service, client } = start();
    const list = () => codeOf(client.list({}, { headers }));
    service.failNext("list", "unavailable", { times: 2 });
    service.failNext("list", "resource_exhausted");
    assert.deepEqual(
      [await list(), await list(), await list(), await list()],
      [Code.Unavailable, Code.Unavailable, Code.ResourceExhausted, "ok"],
    );
  });

  it("fails all methods until it recovers", async () => {
    const { service, client } = start();
    const list = () => codeOf(client.list({}, { headers }));
    const create = (name: string) => codeOf(client.create({ image: { name, target: wireTarget } }, { headers }));
    service.failNext("*", "unavailable", { times: Number.POSITIVE_INFINITY });
    for (let round = 0; round < 20; round++) assert.equal(await list(), Code.Unavailable);
    assert.equal(await create("a"), Code.Unavailable);
    service.recover();
    assert.deepEqual([await list(), await create("a")], ["ok", "ok"]);
  });

  it("forgets all faults when it recovers", async () => {
    const { service, client } = start();
    service.failNext("get", "unavailable", { times: 3 });
    service.failNext("list", "unavailable");
    service.recover();
    assert.equal(await codeOf(client.list({}, { headers })), "ok");
    assert.equal(await codeOf(client.get({ name: "a" }, { headers })), Code.NotFound);
  });

  it("a client outlives an outage that ends before its last attempt, and reports one that does not", async () => {
    const service = new InMemoryImages();
    service.seed([{ name: "a", target }]);
    const retry = { baseDelayMs: 0 };
    await using images = new ImagesClient({ namespace: "default", transport: service.transport, retry });
    service.failNext("*", "unavailable", { times: 4 });
    assert.equal((await images.get("a")).name, "a");
    service.failNext("*", "unavailable", { times: Number.POSITIVE_INFINITY });
    await assert.rejects(images.get("a"), isUnavailable);
  });

  it("drops a call's connection before or after the commit", async () => {
    const { service, client } = start();
    const create = (name: string) => codeOf(client.create({ image: { name, target: wireTarget } }, { headers }));
    service.failNext("create", "drop-before");
    assert.equal(await create("a"), Code.Aborted);
    assert.deepEqual(service.snapshot(), []);
    service.failNext("create", "drop-after-commit");
    assert.equal(await create("b"), Code.Aborted);
    assert.equal(service.snapshot()[0]?.name, "b");
    assert.equal(await create("c"), "ok");
  });

  it("drops one connection of a server, not the others", async () => {
    const service = new InMemoryImages();
    await using server = await service.listen("127.0.0.1:0");
    using victim = new RawConnection(server.address);
    using bystander = new RawConnection(server.address);
    const list = (connection: RawConnection) =>
      connection.call(`/${Images.typeName}/List`, new Uint8Array(), { headers }).then(({ code }) => code);
    service.failNext("list", "drop-before");
    assert.deepEqual([await list(victim), await list(bystander)], [undefined, 0]);
  });

  it("refuses to fail in ways that there are not", () => {
    const service = new InMemoryImages();
    const failNext = (...args: unknown[]) => Reflect.apply(service.failNext, service, args); // as JavaScript may call it
    assert.throws(() => failNext("prune", "unavailable"), /method must be one of get, list, create, .*: "prune"/);
    assert.throws(() => failNext("get", "broken"), /fault must be a gRPC code such as "unavailable".*: "broken"/);
    for (const delayMs of [-1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, "5", undefined])
      assert.throws(() => failNext("get", { delayMs }), /^RangeError: fault must be .* below 2\^31: /);
    assert.throws(() => failNext("get", 5n), /^RangeError: fault must be .*: 5n$/);
    assert.throws(() => failNext(undefined, "unavailable"), /^RangeError: method must be one of .*: undefined$/);
    const rule = /options must be \{ times \} with a whole number from 1 on, or Infinity: /;
    for (const options of [3, null, { times: 0 }, { times: 1.5 }, { times: Number.NaN }, { times: "2" }, { count: 2 }])
      assert.throws(() => failNext("get", "unavailable", options), rule);
    failNext("Get", "unavailable", { times: undefined });
    for (const delayMs of [0, 2 ** 31 - 1]) failNext("get", { delayMs });
  });

  it("loses a bad answer as well as a good one", async () => {
    const { service, client } = start();
    service.failNext("get", "drop-after-commit");
    assert.equal(await codeOf(client.get({ name: "a" }, { headers })), Code.Aborted);
  });

  it("records no calls where it is told not to", async () => {
    const { service, client } = start({ recordsCalls: false });
    await client.list({}, { headers });
    await assert.rejects(client.create({}, { headers }));
    assert.deepEqual([service.calls, service.crashes], [[], []]);
  });

  it("lets timers run while a program sends one call after the other", async () => {
    const { client } = start();
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 1);
    let calls = 0;
    while (!isOver && calls < 1_000) {
      await client.list({}, { headers });
      calls += 1;
    }
    assert.ok(isOver, `no timer has run during ${calls} calls`);
  });

  it("evaluates more filters than a function takes arguments", async () => {
    const { service, client } = start();
    service.seed(["a", "b"].map((name) => ({ name, target })));
    const filters = Array.from({ length: 130_000 }, (_, n) => `name==x${n}`);
    const namesOf = async (more: readonly string[]) =>
      (await client.list({ filters: [...filters, ...more] }, { headers })).images.map(({ name }) => name);
    assert.deepEqual(await namesOf(["name==b"]), ["b"]);
    await assert.rejects(namesOf(["name=b"]), /unsupported operator "="/);
  });

  it("a broken connection carries the error of the operating system", async () => {
    const { service, client } = start();
    service.failNext("get", "drop-before");
    await assert.rejects(client.get({ name: "a" }, { headers }), (error: ConnectError) => {
      const { cause } = error;
      return cause instanceof Error && "code" in cause && cause.code === "ECONNRESET";
    });
  });

  it("a delayed call is applied even when its caller has given up", async () => {
    const { service, client } = start();
    service.failNext("create", { delayMs: 60 });
    const call = client.create({ image: { name: "a", target: wireTarget } }, { headers, timeoutMs: 10 });
    assert.equal(await codeOf(call), Code.DeadlineExceeded);
    assert.deepEqual(service.snapshot(), []);
    await client.list({}, { headers });
    while (service.snapshot().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("a caller's signal ends its call at once", async () => {
    const { service, client } = start();
    service.failNext("list", { delayMs: 10_000 });
    const abort = new AbortController();
    const call = client.list({}, { headers, signal: abort.signal });
    abort.abort();
    assert.equal(await codeOf(call), Code.Canceled);
  });

  it("timestamps come from the clock, to the nanosecond", async () => {
    let now = 1_700_000_000_123_456_789n;
    const { client } = start({ clock: () => now });
    const { image } = await client.create({ image: { name: "a", target: wireTarget } }, { headers });
    assert.deepEqual([image?.createdAt?.seconds, image?.createdAt?.nanos], [1_700_000_000n, 123_456_789]);
    now += 1n;
    const updated = await client.update({ image: { name: "a", target: wireTarget } }, { headers });
    assert.deepEqual([updated.image?.createdAt?.nanos, updated.image?.updatedAt?.nanos], [123_456_789, 123_456_790]);
  });

  it("says what a clock must return, if it returns milliseconds as Date.now does", async () => {
    const clock: () => unknown = Date.now;
    const service = new InMemoryImages({ clock: clock as () => bigint }); // as JavaScript may call it
    const rule = /clock must return nanoseconds as a bigint$/;
    assert.throws(() => service.seed([{ name: "a", target }]), rule);
    const client = createClient(Images, service.transport);
    await assert.rejects(client.create({ image: { name: "a", target: wireTarget } }, { headers }), rule);
  });

  it("the machine's clock gives the time of day, and later times later", async () => {
    const { client } = start();
    const { image: first } = await client.create({ image: { name: "a", target: wireTarget } }, { headers });
    const { image: later } = await client.update({ image: { name: "a", target: wireTarget } }, { headers });
    const at = (image: typeof first) =>
      (image?.updatedAt?.seconds ?? 0n) * second + BigInt(image?.updatedAt?.nanos ?? 0);
    assert.ok(at(later) > at(first));
    assert.ok(Math.abs(Number(at(first) / 1_000_000n) - Date.now()) < 5_000);
  });

  it("collects what has expired only when told to, and keeps what is leased or referenced", async () => {
    const now = BigInt(Date.parse("2026-01-01T00:00:00Z")) * 1_000_000n;
    const { service, client } = start({ clock: () => now });
    const expires = (at: string) => ({ "containerd.io/gc.expire": at });
    service.addLease("held");
    const leased = { headers: { ...headers, "containerd-lease": "held" } };
    await client.create(
      { image: { name: "leased", target: wireTarget, labels: expires("2001-01-01T00:00:00Z") } },
      leased,
    );
    service.addLease("held"); // it is there already, with what it holds
    const unleased = { name: "unleased", target: wireTarget, labels: expires("2001-01-01T00:00:00Z") };
    await client.create({ image: unleased }, { headers });
    service.seed([
      { name: "old", target, labels: expires("2025-12-31T23:59:59+00:00") },
      { name: "young", target, labels: expires("2026-01-01T00:00:00Z") },
      { name: "odd", target, labels: expires("yesterday") },
      { name: "kept", target, labels: expires("2001-01-01T00:00:00Z") },
      { name: "keeper", target, labels: { "containerd.io/gc.ref.image.it": "kept", of: "old" } },
      { name: "chained", target, labels: { ...expires("2001-01-01T00:00:00Z"), "containerd.io/gc.ref.image": "odd" } },
    ]);
    const names = () => service.snapshot().map(({ name }) => name);
    assert.equal(names().length, 8);
    service.collectGarbage();
    assert.deepEqual(names(), ["keeper", "kept", "leased", "odd", "young"]);
    service.removeLease("held");
    await client.delete({ name: "keeper", sync: true }, { headers });
    assert.deepEqual(names(), ["odd", "young"]);
  });

  it("an unknown lease is refused only where it would be joined", async () => {
    for (const [version, expected] of [
      ["1.7", "ok"],
      ["2.1", Code.NotFound],
    ] as const) {
      const { service, client } = start({ version });
      service.addLease("held", "other");
      const call = (labels: Record<string, string>, name: string) =>
        codeOf(
          client.create(
            { image: { name, target: wireTarget, labels } },
            { headers: { ...headers, "containerd-lease": "held" } },
          ),
        );
      assert.equal(await call({}, "a"), "ok");
      assert.equal(await call({ "containerd.io/gc.expire": "" }, "b"), expected);
    }
  });

  it("a synchronous delete ends as the version's does when its deadline passes first", async () => {
    for (const [version, code] of [
      ["1.6", 2],
      ["1.7", 4],
      ["2.1", undefined],
    ] as const) {
      await using service = new InMemoryImages({ version, collectionMs: 40 });
      service.seed([{ name: "a", target }]);
      const server = await service.listen("127.0.0.1:0");
      using connection = new RawConnection(server.address);
      const reply = await connection.call(`/${Images.typeName}/Delete`, Buffer.from("\n\x01a\x10\x01"), {
        headers: { ...headers, "grpc-timeout": "10m" },
      });
      assert.equal(reply.code, code);
      assert.deepEqual(service.snapshot(), [], "the image is gone regardless");
    }
  });

  it("answers as the version asked for, single switches aside", async () => {
    const { service } = start({
      version: "1.7",
      deleteTarget: true,
      serverVersion: "1.7.99",
      sourceDateEpoch: undefined,
    });
    assert.deepEqual(service.profile, { ...profiles["1.7"], deleteTarget: true, serverVersion: "1.7.99" });
    const { version } = await createClient(Version, service.transport).version({});
    assert.equal(version, "1.7.99");
    assert.equal(new InMemoryImages().profile.serverVersion, "2.1.9");
    const unknown = JSON.parse('{"version":"3.0"}') as InMemoryImagesOptions; // what JavaScript may pass
    assert.throws(() => new InMemoryImages(unknown), /version must be one of 1\.6, 1\.7, 2\.1: "3\.0"/);
    assert.throws(() => new InMemoryImages({ version: "toString" } as never), /^RangeError: version .*: "toString"$/);
    assert.throws(() => new InMemoryImages({ version: 2n } as never), /^RangeError: version .*: 2n$/);
  });

  it("listens on sockets and ports, and says where", async () => {
    const dir = await mkdtemp(join(tmpdir(), "images-"));
    try {
      await using service = new InMemoryImages();
      const path = join(dir, "a.sock");
      assert.equal((await service.listen(`unix://${path}`)).address, `unix://${path}`);
      assert.equal((await service.listen(join(dir, "b.sock"))).address, `unix://${join(dir, "b.sock")}`);
      assert.match((await service.listen("127.0.0.1:0")).address, /^http:\/\/127\.0\.0\.1:\d+$/);
      await assert.rejects(service.listen(path), /EADDRINUSE/);
      await assert.rejects(service.listen(join(dir, "missing", "a.sock")), /ENOENT/);
      await assert.rejects(
        service.listen("a.sock"),
        /address must be "unix:\/\/\/path", an absolute path or "host:port"/,
      );
      await assert.rejects(service.listen(`/${"x".repeat(107)}`), /is a socket path of 108 bytes; .* takes 107:/);
      await assert.rejects(service.listen("127.0.0.1:65536"), /port of at most 65535/);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("makes a socket that nobody else can open, not even for a moment", { skip: noModes }, async (context) => {
    const dir = await mkdtemp(join(tmpdir(), "images-"));
    const mask = process.umask(0);
    try {
      await using service = new InMemoryImages();
      const path = join(dir, "a.sock");
      const modes: number[] = [];
      const { listen } = Server.prototype;
      context.mock.method(Server.prototype, "listen", function (this: Server, ...where: Parameters<typeof listen>) {
        const server = Reflect.apply(listen, this, where);
        modes.push(statSync(path).mode & 0o777); // the first moment in which there is a socket
        return server;
      });
      await service.listen(path);
      modes.push(statSync(path).mode & 0o777);
      assert.deepEqual(modes, [0o600, 0o600]);
      assert.equal(process.umask(), 0, "other files are made as before");
    } finally {
      process.umask(mask);
      await rm(dir, { recursive: true });
    }
  });

  it("does not go on listening when it cannot set the rights of its socket", { skip: noModes }, async (context) => {
    const dir = await mkdtemp(join(tmpdir(), "images-"));
    try {
      await using service = new InMemoryImages();
      const path = join(dir, "a.sock");
      // Restores the mask when the socket is there, just before its rights are set.
      context.mock.method(process, "umask", () => {
        rmSync(path, { force: true });
        return 0;
      });
      const before = openSockets();
      await assert.rejects(service.listen(path), /ENOENT.* chmod/);
      await eventually(async () => assert.ok(openSockets() <= before, "the server is still there"));
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("takes the place of a dead server's socket, and of nothing else", async () => {
    const dir = await mkdtemp(join(tmpdir(), "images-"));
    try {
      await using service = new InMemoryImages();
      const path = join(dir, "a.sock");
      // A server in another process, killed before it could clean up.
      const { spawnSync } = await import("node:child_process");
      spawnSync(process.execPath, [
        "-e",
        `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
      ]);
      await service.listen(path);
      const file = join(dir, "file");
      await writeFile(file, "kept");
      await assert.rejects(service.listen(file), /EADDRINUSE/);
      const live = createServer().listen(join(dir, "live.sock"));
      await assert.rejects(service.listen(join(dir, "live.sock")), /EADDRINUSE/);
      live.close();
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("closing a server breaks its connections and keeps the records", async () => {
    const service = new InMemoryImages();
    service.seed([{ name: "a", target }]);
    const server = await service.listen("127.0.0.1:0");
    using connection = new RawConnection(server.address);
    const events = connection.call("/containerd.services.events.v1.Events/Subscribe", new Uint8Array());
    await connection.call(`/${Images.typeName}/List`, new Uint8Array(), { headers });
    await server.close();
    await server.close();
    assert.equal((await events).code, undefined);
    assert.equal(service.snapshot().length, 1);
    assert.equal(await codeOf(createClient(Images, service.transport).get({ name: "a" }, { headers })), "ok");
  });
});
