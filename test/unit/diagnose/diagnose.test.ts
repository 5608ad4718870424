import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  ListNamespacesResponseSchema,
  NamespaceSchema,
} from "../../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { ClientCalls } from "../../../src/core/client-calls.js";
import { retryPolicy } from "../../../src/core/client-settings.js";
import { connect } from "../../../src/core/connection.js";
import { DIAGNOSE_TIMEOUT_MS, OTHER_DAEMON_TIMEOUT_MS } from "../../../src/defaults.js";
import { diagnose } from "../../../src/diagnose/diagnose.js";
import { type Diagnosis, ImagesClient, isImagesError } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { parseAddress } from "../../../src/transport/parse-address.js";
import { asNobody, neverNobody } from "../../support/as-nobody.js";
import { AwakeClock } from "../../support/awake-clock.js";
import { ManualClock } from "../../support/manual-clock.js";
import { serve } from "../interceptors/tracing/scripted-server.js";
import { hooked } from "../operations/hooked-transport.js";
import { temporaryFolder } from "./temporary-folder.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

interface Known {
  readonly name: string;
  readonly address: string;
}

/** An answer may take long on a busy machine. */
const ANSWER_MS = 5_000;
/** Where there is none, a call waits as long as it may. */
const SILENCE_MS = 200;

interface Surroundings {
  /** The well-known sockets of the machine. */
  readonly known?: readonly Known[];
  readonly namespace?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function diagnosed(address: string, surroundings: Surroundings = {}): Promise<Diagnosis> {
  const { known = [], namespace = "default", timeoutMs = ANSWER_MS, signal } = surroundings;
  const connection = connect({ endpoint: parseAddress(address, undefined) }, {});
  const caller = new ClientCalls(connection, {
    namespace,
    lease: undefined,
    timeoutMs: undefined,
    retry: retryPolicy(undefined),
  });
  try {
    return await diagnose(caller, { timeoutMs, signal }, known);
  } finally {
    await caller.close(0);
  }
}

function problems({ findings }: Diagnosis): string[] {
  return findings.map(({ problem, severity }) => `${severity} ${problem}`);
}

/** A server that accepts connections and speaks no protocol. */
async function listening(path: string, accept: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    accept(socket);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A peer that gives this response to the first bytes that it gets. */
function responding(response: string): (socket: Socket) => void {
  return (socket) => socket.once("data", () => socket.end(response));
}

/** A server that refuses every request with an HTTP status. */
async function refusing(status: number) {
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => stream.respond({ ":status": status }, { endStream: true }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // that of a TCP server is never text
  return {
    address: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Forwards HTTP/2 to another server, and gives this response to everything else; it leaves the connection open. */
function serveBoth(socket: Socket, http1: string, http2Address: string): void {
  socket.once("data", (first) => {
    if (!first.toString("latin1").startsWith("PRI ")) return socket.write(http1);
    const server = createConnection(Number(new URL(http2Address).port), "127.0.0.1");
    server.on("error", () => socket.destroy());
    server.write(first);
    return socket.pipe(server).pipe(socket);
  });
}

it("diagnose sends a request at most twice, whatever the retry options say", async () => {
  for (const retry of [false, { maxAttempts: 4, baseDelayMs: 0 }] as const) {
    const service = new InMemoryImages();
    await using images = new ImagesClient({ namespace: "default", transport: service.transport, retry });
    service.failNext("list", "unavailable", { times: Number.POSITIVE_INFINITY });
    const { ok } = await images.diagnose({ retry });
    const lists = service.calls.filter(({ method }) => method === "list");
    assert.deepEqual([ok, lists.length], [false, 2]);
  }
});

it("diagnose says that nothing can be reached where this process has no file descriptor left", async () => {
  const unary = () => Promise.reject(Object.assign(new Error("EMFILE"), { code: "EMFILE", syscall: "connect" }));
  await using images = new ImagesClient({ namespace: "default", transport: { unary, stream: unary } });
  const { ok, findings } = await images.diagnose({ retry: false });
  assert.deepEqual([ok, findings.map(({ problem }) => problem)], [false, ["unreachable"]]);
});

describe("diagnose names", () => {
  it("a socket that is missing", async () => {
    const diagnosis = await diagnosed("/nowhere/containerd.sock", { timeoutMs: SILENCE_MS });
    assert.deepEqual(problems(diagnosis), ["error socket-missing"]);
    assert.equal(diagnosis.ok, false);
    assert.equal(diagnosis.address, "unix:///nowhere/containerd.sock");
    assert.match(diagnosis.text, /^No images can be reached at unix:\/\/\/nowhere/);
    assert.equal(`${diagnosis}`, diagnosis.text);
    assert.deepEqual(structuredClone(diagnosis), { ...diagnosis });
    assert.match(diagnosis.text, /^error: cannot connect to .*\n {2}-> .*is containerd running/m);
  });

  it("a socket that a dead daemon has left", async () => {
    using folder = temporaryFolder();
    const [path, stale] = [folder.file("c.sock"), folder.file("stale.sock")];
    {
      await using _ = await listening(path, () => {});
      linkSync(path, stale);
    }
    assert.deepEqual(problems(await diagnosed(stale, { timeoutMs: SILENCE_MS })), ["error socket-stale"]);
  });

  it("a file and a folder that are no sockets", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file("file"), "");
    mkdirSync(folder.file("folder"));
    for (const name of ["file", "folder", "file/c.sock"]) {
      assert.deepEqual(problems(await diagnosed(folder.file(name))), ["error not-a-socket"], name);
    }
  });

  it("a socket that this user may not open", { skip: neverNobody }, async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    await using _ = await listening(path, () => {});
    chmodSync(path, 0);
    chmodSync(folder.path, 0o755);
    const diagnosis = await asNobody(() => diagnosed(path));
    assert.deepEqual(problems(diagnosis), ["error permission-denied"]);
    assert.match(diagnosis.findings[0]?.advice ?? "", /^the socket is open to root and its group only/);
  });

  it("the folder above the socket that this user may not enter", { skip: neverNobody }, async () => {
    using folder = temporaryFolder();
    const closed = folder.file("closed");
    const path = `${closed}/run/c.sock`;
    mkdirSync(`${closed}/run`, { recursive: true });
    symlinkSync(`${closed}/run`, folder.file("link"));
    await using _ = await listening(path, () => {});
    chmodSync(path, 0o666);
    chmodSync(folder.path, 0o755);
    chmodSync(closed, 0);
    const [direct, linked] = await asNobody(() =>
      Promise.all([diagnosed(path), diagnosed(folder.file("link/c.sock"))]),
    );
    chmodSync(closed, 0o700);
    for (const [diagnosis, place] of [
      [direct, closed],
      [linked, folder.file("link")],
    ] as const) {
      assert.deepEqual(problems(diagnosis), ["error permission-denied"]);
      const { advice = "" } = diagnosis.findings[0] ?? {};
      assert.ok(advice.startsWith(`this user may not enter ${place}, so the socket is out of reach`), advice);
    }
  });

  it("containerd's ttrpc socket by its name, at once and whether it is there or not", async () => {
    const diagnosis = await diagnosed("/nowhere/containerd.sock.ttrpc");
    assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
    assert.match(diagnosis.findings[0]?.message ?? "", /this is containerd's ttrpc socket$/);
    assert.match(diagnosis.findings[0]?.advice ?? "", /use \/nowhere\/containerd\.sock$/);
  });

  it("a peer that does not speak gRPC", async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    await using _ = await listening(path, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert.deepEqual(problems(await diagnosed(path)), ["error not-grpc"]);
  });

  it("a peer that speaks HTTP/1", async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    await using _ = await listening(path, responding("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const diagnosis = await diagnosed(path);
    assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
    assert.equal(diagnosis.findings[0]?.message, `unix://${path} answers HTTP/1: is it Docker's API?`);
    assert.match(diagnosis.findings[0]?.advice ?? "", /its namespace is "moby"/);
  });

  it("a peer that sends responses of 1xx, which could have no end, without waiting for the one after them", async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    const responses = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nServer: Docker/28.0.0\r\n\r\n";
    await using _ = await listening(path, responding(responses));
    const diagnosis = await diagnosed(path);
    assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
    assert.doesNotMatch(diagnosis.text, /answers HTTP\/1/);
  });

  it("a port for TLS that plain HTTP reaches, with the call's own advice", async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    for (const body of [
      "<center>The plain HTTP request was sent to HTTPS port</center>",
      "Client sent an HTTP request to an HTTPS server.",
      "You're speaking plain HTTP to an SSL-enabled server port.",
    ]) {
      const response = `HTTP/1.1 400 Bad Request\r\nServer: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      await using _ = await listening(path, responding(response));
      const diagnosis = await diagnosed(path);
      assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
      assert.doesNotMatch(diagnosis.text, /answers HTTP\/1|Docker's own/);
    }
  });

  it("a peer that speaks neither gRPC nor HTTP/1", async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    await using _ = await listening(path, responding("220 mail.example.com ESMTP\r\n"));
    const diagnosis = await diagnosed(path);
    assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
    assert.match(diagnosis.findings[0]?.message ?? "", /is not a gRPC peer$/);
  });

  it("Docker's API, over HTTP/1 alone and beside HTTP/2", async () => {
    using folder = temporaryFolder();
    await using other = await serve([{ status: 12 }, { status: 12 }]);
    const docker = "HTTP/1.1 200 OK\r\nServer: Docker/28.5.2 (linux)\r\nContent-Length: 2\r\n\r\nOK";
    await using alone = await listening(folder.file("alone.sock"), responding(docker));
    await using beside = await listening(folder.file("beside.sock"), (socket) =>
      serveBoth(socket, docker, other.address),
    );
    assert.ok(alone && beside);
    for (const path of [folder.file("alone.sock"), folder.file("beside.sock")]) {
      const diagnosis = await diagnosed(path);
      assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
      const [finding] = diagnosis.findings;
      assert.equal(finding?.message, `unix://${path} answers HTTP/1 as Docker/28.5.2 (linux): this is Docker's API`);
    }
  });

  it("a server without Images as what it is, also if it has HTTP/1 beside HTTP/2", async () => {
    using folder = temporaryFolder();
    await using other = await serve([{ status: 12 }, { status: 12 }]);
    const nginx = "HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n";
    await using _ = await listening(folder.file("c.sock"), (socket) => serveBoth(socket, nginx, other.address));
    assert.deepEqual(problems(await diagnosed(folder.file("c.sock"))), ["error no-images"]);
  });

  it("a peer that accepts and says nothing, in bounded time", async () => {
    using folder = temporaryFolder();
    const path = folder.file("c.sock");
    await using _ = await listening(path, () => {});
    using clock = new AwakeClock();
    assert.deepEqual(problems(await diagnosed(path, { timeoutMs: SILENCE_MS })), ["error silent"]);
    assert.ok(clock.now() < 1_000);
  });

  it("a server without Images that never answers HTTP/1, or not to the end, in bounded time", async () => {
    using folder = temporaryFolder();
    await using other = await serve(Array.from({ length: 4 }, () => ({ status: 12 })));
    const begun = "HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\n";
    await using mute = await listening(folder.file("mute.sock"), (socket) => serveBoth(socket, "", other.address));
    await using stuck = await listening(folder.file("stuck.sock"), (socket) => serveBoth(socket, begun, other.address));
    assert.ok(mute && stuck);
    const paths = [folder.file("mute.sock"), folder.file("stuck.sock")];
    for (const diagnosis of await Promise.all(paths.map((path) => diagnosed(path))))
      assert.deepEqual(problems(diagnosis), ["error no-images"]);
  });

  it("a port without Images, as containerd's own", async () => {
    await using server = await serve([{ status: 12 }, { status: 12 }]);
    const diagnosis = await diagnosed(server.address);
    assert.deepEqual(problems(diagnosis), ["error no-images"]);
    assert.match(diagnosis.findings[0]?.advice ?? "", /TCP port/);
  });

  it("a port on which nobody listens", async () => {
    assert.deepEqual(problems(await diagnosed("http://127.0.0.1:1", { timeoutMs: SILENCE_MS })), ["error unreachable"]);
  });

  it("a TLS handshake that fails", async () => {
    await using server = await serve([]);
    const diagnosis = await diagnosed(server.address.replace("http:", "https:"));
    assert.deepEqual(problems(diagnosis), ["error tls-failed"]);
  });

  it("an error that the server gives", async () => {
    await using server = await serve([{ status: 12 }, { status: 13 }]);
    assert.deepEqual(problems(await diagnosed(server.address)), ["error failing"]);
  });

  it("a proxy that forbids the requests, or wants credentials", async () => {
    for (const status of [7, 16]) {
      await using server = await serve([{ status }, { status }]);
      assert.deepEqual(problems(await diagnosed(server.address)), ["error permission-denied"], `status ${status}`);
    }
  });

  it("a peer that refuses the requests with an HTTP status", async () => {
    await using server = await refusing(405);
    const diagnosis = await diagnosed(server.address);
    assert.deepEqual(problems(diagnosis), ["error not-grpc"]);
    assert.match(diagnosis.findings[0]?.message ?? "", /HTTP status 405/);
  });

  it("nothing where all is well", async () => {
    using folder = temporaryFolder();
    const service = new InMemoryImages();
    service.seed([{ name: "a", target }]);
    await using server = await service.listen(folder.file("c.sock"));
    await using other = await service.listen(folder.file("other.sock"));
    const known = [{ name: "never asked", address: other.address }];
    const { text, ...facts } = await diagnosed(server.address, { known });
    assert.deepEqual(facts, {
      ok: true,
      address: server.address,
      namespace: "default",
      version: service.profile.serverVersion,
      lacks: [],
      images: 1,
      namespaces: [],
      moreNamespaces: 0,
      otherDaemons: [],
      findings: [],
    });
    assert.equal(
      text,
      `containerd ${facts.version} at ${server.address} answers for namespace "default", and holds 1 image.`,
    );
  });

  it("the namespaces that hold images where this one does not, and the daemons that answer", async () => {
    using folder = temporaryFolder();
    const service = new InMemoryImages();
    service.seed([
      { namespace: "k8s.io", name: "a", target },
      { namespace: "k8s.io", name: "b", target },
      { namespace: "moby", name: "c", target },
    ]);
    await using server = await service.listen(folder.file("c.sock"));
    await using other = await new InMemoryImages({ version: "1.7" }).listen(folder.file("other.sock"));
    await using mute = await listening(folder.file("mute.sock"), (socket) => socket.end("x"));
    const known = [
      { name: "itself", address: folder.file("c.sock") },
      { name: "Docker", address: folder.file("other.sock") },
      { name: "mute", address: folder.file("mute.sock") },
      { name: "missing", address: folder.file("missing.sock") },
      { name: "no path", address: "relative.sock" },
    ];
    const diagnosis = await diagnosed(server.address, { known, namespace: "defualt" });
    assert.ok(other && mute);
    assert.deepEqual([diagnosis.ok, diagnosis.images], [true, 0]);
    assert.deepEqual(diagnosis.namespaces, [
      { name: "k8s.io", images: 2 },
      { name: "moby", images: 1 },
    ]);
    assert.deepEqual(diagnosis.otherDaemons, [
      { name: "Docker", address: folder.file("other.sock"), version: "1.7.24" },
    ]);
    assert.deepEqual(problems(diagnosis), ["warning namespace-empty", "note other-daemon"]);
    assert.match(diagnosis.text, /-> these do: "k8s\.io" \(2\), "moby" \(1\)/);
    const note = `note: another containerd answers: Docker, 1.7.24\n  -> its address is ${folder.file("other.sock")}`;
    assert.ok(diagnosis.text.includes(note), diagnosis.text);
    assert.deepEqual([...new Set(service.calls.map(({ method }) => method))], ["version", "list", "namespaces"]);
  });

  it("no other daemon where a well-known path leads to its own socket, as /var/run does", {
    skip: neverNobody,
  }, async () => {
    using folder = temporaryFolder();
    await using server = await new InMemoryImages().listen(folder.file("c.sock"));
    symlinkSync(folder.path, folder.file("run"));
    const known = [{ name: "itself", address: server.address }];
    const look = () => diagnosed(folder.file("run/c.sock"), { known });
    assert.deepEqual(problems(await look()), ["warning namespace-empty"]);
    chmodSync(folder.path, 0o755);
    chmodSync(folder.file("c.sock"), 0);
    assert.deepEqual(problems(await asNobody(look)), ["error permission-denied"]);
  });

  it("well-known sockets that this user may not open", { skip: neverNobody }, async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.file("closed"));
    await using denied = await listening(folder.file("denied.sock"), () => {});
    await using hidden = await listening(folder.file("closed/c.sock"), () => {});
    assert.ok(denied && hidden);
    chmodSync(folder.file("denied.sock"), 0);
    chmodSync(folder.path, 0o755);
    chmodSync(folder.file("closed"), 0);
    const known = [
      { name: "K3s or RKE2", address: folder.file("denied.sock") },
      { name: "a socket of which nobody can say whether it is there", address: folder.file("closed/c.sock") },
      { name: "itself", address: folder.file("missing.sock") },
    ];
    const diagnosis = await asNobody(() => diagnosed(folder.file("missing.sock"), { known, timeoutMs: SILENCE_MS }));
    chmodSync(folder.file("closed"), 0o700); // otherwise only root can remove it
    assert.deepEqual(problems(diagnosis), ["error socket-missing", "note other-socket-denied"]);
    assert.deepEqual(diagnosis.otherDaemons, []);
    assert.equal(diagnosis.findings[1]?.message, "there is also a socket of K3s or RKE2, which this user may not open");
    assert.ok(diagnosis.findings[1]?.advice?.startsWith(`its address is ${folder.file("denied.sock")};`));
  });

  it("the image store of Docker where its namespace is empty", async () => {
    const service = new InMemoryImages();
    service.seed([{ namespace: "k8s.io", name: "a", target }]);
    await using images = new ImagesClient({ namespace: "moby", transport: service.transport });
    const { findings } = await images.diagnose();
    const advice = findings[0]?.advice ?? ""; // "these do" follows what they do: "holds no images"
    assert.match(advice, /^these do: "k8s\.io" \(1\)\. Docker keeps images here only with its containerd image store;/);
    const other = await images.withNamespace("default").diagnose();
    assert.doesNotMatch(other.text, /Docker/);
  });

  it("a hundred of ten thousand namespaces, the well-known ones first", async () => {
    const service = new InMemoryImages();
    const names = Array.from({ length: 10_000 }, (_, at) => `a-long-name-that-comes-from-a-test-run-${at}`);
    service.seed([...names, "k8s.io"].map((namespace) => ({ namespace, name: "a", target })));
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    const diagnosis = await images.diagnose();
    assert.deepEqual([diagnosis.namespaces.length, diagnosis.moreNamespaces], [100, 9_901]);
    assert.equal(diagnosis.namespaces[0]?.name, "k8s.io");
    assert.match(diagnosis.text, /and 90 more; 9901 more not looked at$/);
    assert.ok(diagnosis.text.length < 1_500 && JSON.stringify(diagnosis).length < 15_000);
    assert.equal(service.calls.filter(({ method }) => method === "list").length, 101);
  });

  it("namespaces that the peer has made up, without a request for one whose name no header can carry", async () => {
    const names = ["k8s.io", "a\r\nb: c", "a\0b", "a b", "\u{1f600}", ""];
    const madeUp = create(ListNamespacesResponseSchema, { namespaces: names.map((name) => ({ name })) });
    const requests: unknown[] = [];
    const { transport } = new InMemoryImages();
    const deceiving: Transport = {
      stream: transport.stream,
      unary: async (...request) => {
        const [method, , , header] = request;
        const isOfImages = method.parent.name === "Images";
        if (isOfImages) requests.push(Reflect.get(Object(header), "containerd-namespace"));
        const response = await transport.unary(...request);
        if (method.name === "List" && !isOfImages) Object.assign(response.message, madeUp);
        return response;
      },
    };
    await using images = new ImagesClient({ namespace: "default", transport: deceiving });
    const { namespaces } = await images.diagnose();
    assert.deepEqual(
      namespaces,
      names.map((name) => ({ name, images: name === "k8s.io" ? 0 : undefined })),
    );
    assert.deepEqual(requests, ["default", "k8s.io"]);
    madeUp.namespaces = Array.from({ length: 101 }, (_, at) => create(NamespaceSchema, { name: `n${at}` }));
    const { findings } = await images.diagnose();
    assert.equal(findings[0]?.advice, "none of 100 other namespaces holds any; 1 more not looked at");
  });

  it("how many images each namespace holds, also where a list takes most of its time", async () => {
    const service = new InMemoryImages();
    const names = Array.from({ length: 12 }, (_, at) => `n${at}`);
    service.seed(names.map((namespace) => ({ namespace, name: "a", target })));
    const clock = new ManualClock();
    let listing = 0;
    const slow = hooked(service.transport, async (method) => {
      if (method !== "List") return;
      listing += 1;
      await new Promise<void>((resolve) => clock.after(0.8 * DIAGNOSE_TIMEOUT_MS, resolve));
      listing -= 1;
    });
    const settings = { namespace: "default", lease: undefined, timeoutMs: undefined, retry: retryPolicy(undefined) };
    const calls = new ClientCalls(connect({ transport: slow }, { clock }), settings);
    let isOver = false;
    const diagnosis = diagnose(calls, {}, []).finally(() => {
      isOver = true;
    });
    while (!isOver) await (listing > 0 ? clock.advance(5) : turn()); // code that is loaded takes time, too
    const { namespaces } = await diagnosis;
    assert.deepEqual(
      namespaces.map((each) => each.images),
      names.map(() => 1),
    );
  });

  it("a namespace with too many images to count as one that holds some", async () => {
    const service = new InMemoryImages();
    service.seed([{ namespace: "k8s.io", name: "a", target }]);
    service.failNext("list", { delayMs: 0 }); // the list of its own namespace
    service.failNext("list", "resource_exhausted");
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    const { namespaces, text } = await images.diagnose();
    assert.deepEqual(namespaces, [{ name: "k8s.io", images: undefined }]);
    assert.match(text, /-> these do: "k8s\.io" \(not counted\)$/);
  });

  it("that no namespace holds images", async () => {
    const service = new InMemoryImages();
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    await images.withNamespace("empty").create({ name: "app:1", target });
    await images.withNamespace("empty").delete("app:1");
    await images.create({ name: "app:1", target });
    await images.delete("app:1");
    const { findings, address, text, namespaces } = await images.diagnose();
    assert.deepEqual(namespaces, [{ name: "empty", images: 0 }], "not the client's own");
    assert.match(findings[0]?.advice ?? "", /no other namespace/);
    assert.equal(address, undefined);
    assert.match(text, /over the given transport/);
  });

  for (const [version, features, text] of [
    ["1.6", ["sourceDateEpoch", "ifTarget", "expiry"], /note: containerd 1\.6\.20 lacks sourceDateEpoch/],
    ["1.7", ["ifTarget", "expiry", "Transfer service of 1.7"], /note: containerd 1\.7\.24 lacks delete with ifTarget/],
  ] as const) {
    it(`what a server of ${version} lacks`, async () => {
      const service = new InMemoryImages({ version });
      service.seed([{ name: "a", target }]);
      await using images = new ImagesClient({ namespace: "default", transport: service.transport });
      const diagnosis = await images.diagnose();
      assert.equal(diagnosis.ok, true);
      assert.deepEqual(problems(diagnosis), ["note old-version"]);
      assert.deepEqual(
        diagnosis.lacks.map((lack, n) => lack.includes(features[n] ?? "?")),
        [true, true, true],
      );
      assert.match(diagnosis.text, text);
      assert.ok(diagnosis.text.endsWith("\n  -> upgrade to containerd 2.0 or newer to have it all"));
    });
  }

  it("a daemon that does not say its version as one without a version", async () => {
    const service = new InMemoryImages({ serverVersion: "" });
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    const { ok, version, lacks, text } = await images.diagnose();
    assert.deepEqual({ ok, version, lacks }, { ok: true, version: undefined, lacks: [] });
    assert.match(text, /^containerd over the given transport answers/);
  });

  it("a daemon with too many images to list at once as one that is well", async () => {
    await using server = await serve([{ status: 12 }, { status: 8 }]);
    const { ok, images, findings } = await diagnosed(server.address);
    assert.deepEqual({ ok, images, findings }, { ok: true, images: undefined, findings: [] });
  });
});

describe("diagnose", () => {
  it("is plain data", async () => {
    const diagnosis = await diagnosed("/nowhere/containerd.sock", { timeoutMs: SILENCE_MS });
    assert.deepEqual(JSON.parse(JSON.stringify(diagnosis)).findings, diagnosis.findings);
  });

  it("sends nothing more where the first call gets no response", async () => {
    const methods: string[] = [];
    const refused = Object.assign(new Error("connect ENOENT"), { code: "ENOENT", syscall: "connect" });
    const transport: Transport = {
      unary: (method) => {
        methods.push(method.name);
        return Promise.reject(refused);
      },
      stream: () => Promise.reject(refused),
    };
    await using images = new ImagesClient({ namespace: "default", transport });
    assert.deepEqual(problems(await images.diagnose()).slice(0, 1), ["error socket-missing"]);
    assert.deepEqual([...new Set(methods)], ["Version"]);
  });

  it("closes every connection that it has made", async () => {
    using folder = temporaryFolder();
    await using other = await serve([{ status: 12 }]);
    const closed: Promise<unknown>[] = [];
    const watched = (accept: (socket: Socket) => void) => (socket: Socket) => {
      closed.push(once(socket, "close", { signal: AbortSignal.timeout(ANSWER_MS) }));
      accept(socket);
    };
    const http1 = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"; // the peer leaves the connection open
    await using own = await listening(
      folder.file("c.sock"),
      watched((socket) => socket.once("data", () => socket.write(http1))),
    );
    await using known = await listening(
      folder.file("other.sock"),
      watched((socket) => serveBoth(socket, http1, other.address)),
    );
    assert.ok(own && known);
    await diagnosed(folder.file("c.sock"), { known: [{ name: "other", address: folder.file("other.sock") }] });
    assert.ok(closed.length >= 3, `${closed.length} connections`);
    await Promise.all(closed);
  });

  it("sends its headers with every request", async () => {
    const { transport } = new InMemoryImages();
    const sent: unknown[] = [];
    const noting: Transport = {
      stream: transport.stream,
      unary: (...request) => {
        sent.push(new Headers(request[3]).get("authorization"));
        return transport.unary(...request);
      },
    };
    await using images = new ImagesClient({ namespace: "default", transport: noting });
    await images.withNamespace("other").create({ name: "app:1", target });
    sent.length = 0;
    await images.diagnose({ headers: { authorization: "Bearer x" } });
    assert.deepEqual(sent, Array(4).fill("Bearer x")); // version, list, namespaces, the other one's list
  });

  it("rejects when its caller gives up, and for options that are none", async () => {
    await using images = new ImagesClient({ namespace: "default", address: "/nowhere.sock" });
    await assert.rejects(images.diagnose({ signal: AbortSignal.abort() }), { code: "canceled" });
    await assert.rejects(images.diagnose({ timeoutMs: -1 }), { code: "invalid_argument", method: "diagnose" });
  });

  it("rejects instead of saying something about the daemon when its client is closed, before or meanwhile", async () => {
    using folder = temporaryFolder();
    const address = folder.file("silent.sock");
    const images = new ImagesClient({ namespace: "default", address });
    await using _ = await listening(address, () => void images.close({ graceMs: 0 }));
    await assert.rejects(images.diagnose(), { code: "unavailable", method: "diagnose" });
    await assert.rejects(images.diagnose(), { code: "failed_precondition", method: "diagnose" });
  });

  it("ends with its client, also while it asks another daemon", async () => {
    using folder = temporaryFolder();
    const address = folder.file("silent.sock");
    const connection = connect({ endpoint: parseAddress(folder.file("none.sock")) }, { waitForDaemonMs: 0 });
    const settings = { namespace: "a", lease: undefined, timeoutMs: undefined, retry: retryPolicy(undefined) };
    const calls = new ClientCalls(connection, settings);
    let closedAt = Number.POSITIVE_INFINITY;
    using clock = new AwakeClock();
    await using _ = await listening(address, () => {
      closedAt = clock.now();
      void calls.close(60_000);
    });
    await assert.rejects(diagnose(calls, {}, [{ name: "silent", address }]), {
      code: "unavailable",
      method: "diagnose",
      message: 'diagnose in namespace "a": the client was closed',
    });
    assert.ok(clock.now() - closedAt < OTHER_DAEMON_TIMEOUT_MS, "it has not waited for the other daemon");
  });

  it("ends with its signal, also while it asks another daemon, and its error leads to the caller", async () => {
    using folder = temporaryFolder();
    const controller = new AbortController();
    const address = folder.file("silent.sock");
    await using _ = await listening(address, () => controller.abort("enough"));
    await assert.rejects(
      diagnosed(folder.file("none.sock"), { known: [{ name: "silent", address }], signal: controller.signal }),
      (error) => {
        assert.ok(isImagesError(error) && error.code === "canceled" && error.method === "diagnose");
        assert.equal(error.cause, "enough");
        assert.doesNotMatch(String(error.stack).split("\n")[1] ?? "", /\bsrc.(?:core|diagnose|interceptors)\b/);
        return true;
      },
    );
  });

  it("says also at the timeout of its signal what may help", async () => {
    using folder = temporaryFolder();
    const controller = new AbortController();
    const address = folder.file("silent.sock");
    const timeout = new DOMException("too late", "TimeoutError");
    await using _ = await listening(address, (socket) => socket.once("data", () => controller.abort(timeout)));
    await assert.rejects(diagnosed(address, { signal: controller.signal }), (error) => {
      assert.ok(isImagesError(error) && error.code === "deadline_exceeded" && error.hint !== undefined);
      return true;
    });
  });

  it("ends with its signal, also while it asks for HTTP/1", async () => {
    using folder = temporaryFolder();
    const controller = new AbortController();
    const address = folder.file("http1.sock");
    await using _ = await listening(address, (socket) => {
      socket.once("data", (bytes) => (String(bytes).startsWith("GET ") ? controller.abort() : socket.end("no")));
    });
    await assert.rejects(diagnosed(address, { signal: controller.signal }), { code: "canceled", method: "diagnose" });
  });

  it("asks nobody for HTTP/1 when its signal has aborted while it asked another daemon", async () => {
    using folder = temporaryFolder();
    const controller = new AbortController();
    const [address, other] = [folder.file("c.sock"), folder.file("silent.sock")];
    const received: string[] = [];
    await using own = await listening(address, (socket) => {
      socket.once("data", (bytes) => {
        received.push(String(bytes).slice(0, 4));
        socket.end("no");
      });
    });
    await using silent = await listening(other, () => controller.abort());
    assert.ok(own && silent);
    const known = [{ name: "silent", address: other }];
    await assert.rejects(diagnosed(address, { known, signal: controller.signal }), { code: "canceled" });
    assert.deepEqual([...new Set(received)], ["PRI "]);
  });

  it("says what it had to wait for when its client is closed meanwhile", async () => {
    const unary = () => Promise.reject(new ConnectError("the disk is full", Code.Unavailable, { "grpc-status": "14" }));
    const transport: Transport = { unary, stream: unary };
    const onRetry = () => void images.close({ graceMs: 0 });
    const images = new ImagesClient({ namespace: "default", transport, retry: { onRetry } });
    const message = 'diagnose in namespace "default": the client was closed: the disk is full';
    await assert.rejects(images.diagnose(), { code: "unavailable", message });
  });

  it("is cut off when its client begins to close, also if the request in flight still gets its response", async () => {
    for (const lastRequest of [1, 2, 3, 4]) {
      const service = new InMemoryImages();
      service.seed(["a", "b"].map((namespace) => ({ namespace, name: "app:1", target })));
      let requests = 0;
      const transport = hooked(service.transport, async () => {
        requests += 1;
        if (requests === lastRequest) void images.close({ graceMs: 60_000 });
      });
      const images = new ImagesClient({ namespace: "default", transport });
      await assert.rejects(
        images.diagnose(),
        {
          code: "unavailable",
          method: "diagnose",
          message: 'diagnose in namespace "default": the client was closed',
        },
        `request ${lastRequest}`,
      );
    }
  });

  it("tells a daemon that is away from one that is silent, also where it was there before", async () => {
    using folder = temporaryFolder();
    const server = await new InMemoryImages().listen(folder.file("c.sock"));
    await using images = new ImagesClient({ namespace: "default", address: server.address });
    await images.list();
    await server.close();
    const diagnosis = await images.diagnose({ timeoutMs: 300 });
    assert.deepEqual(problems(diagnosis).slice(0, 1), ["error socket-missing"]);
  });
});
