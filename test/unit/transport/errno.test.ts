import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type LookupFunction, connect as openSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { after, before, describe, it } from "node:test";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ImagesClient } from "../../../src/index.js";
import type { Endpoint } from "../../../src/transport/endpoint.js";
import { ERRNOS } from "../../../src/transport/errno.js";
import { fromTransport } from "../../../src/transport/from-transport.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { connectFailure, handshakeFailure, pathFailure } from "../../../src/transport/open/connect-failure.js";
import { dialReason, errorOfCaller } from "../../../src/transport/open/dial-reason.js";
import { asNobody, neverNobody } from "../../support/as-nobody.js";
import { failureOf, get } from "./calls.js";

type Row = readonly [code: string, kind: string, problem: string, hint: RegExp];

const OTHER_PATH: Row = ["unavailable", "misconfigured", "not-a-socket", /must be the path of containerd's socket/];
const DENIED: Row = ["permission_denied", "misconfigured", "permission-denied", /run as root/];
const CLOSED: Row = ["unavailable", "unreachable", "unreachable", /closed the connection while it was made/];
const NO_FILES: Row = ["resource_exhausted", "unreachable", "unreachable", /no file descriptor left: raise ulimit -n/];
const NO_HOST: Row = ["unavailable", "unreachable", "unreachable", /host name cannot be resolved/];
const NO_ROUTE: Row = [
  "unavailable",
  "unreachable",
  "unreachable",
  /no network route leads to that host now, or this system forbids it: check the address/,
];
const tls = (hint: RegExp): Row => ["unavailable", "misconfigured", "tls-failed", hint];
const UNTRUSTED = tls(/tls\.ca/);
const CLIENT_REFUSED = tls(/refuses the client certificate/);
const NOT_TLS = tls(/does not speak TLS/);

/**
 * The names that count only for `connect(2)` and for the name service, so they say nothing without the name of the
 * system call.
 */
const systemRows: Readonly<Record<string, Row>> = {
  ENOENT: ["unavailable", "unreachable", "socket-missing", /no such socket/],
  ECONNREFUSED: ["unavailable", "unreachable", "unreachable", /containerd, or what forwards to it, running/],
  EAGAIN: ["unavailable", "unreachable", "unreachable", /queue of connections is full: it may be frozen or overloaded/],
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  EACCES: DENIED,
  EPERM: DENIED,
  ERR_ACCESS_DENIED: ["permission_denied", "misconfigured", "permission-denied", /add --allow-net/],
  ENOTDIR: OTHER_PATH,
  ELOOP: OTHER_PATH,
  ENAMETOOLONG: OTHER_PATH,
  EINVAL: OTHER_PATH,
  ENOTSOCK: ["unavailable", "misconfigured", "not-a-socket", /another kind/],
  EPROTOTYPE: ["unavailable", "misconfigured", "not-a-socket", /takes datagrams/],
  EMFILE: NO_FILES,
  ENFILE: NO_FILES,
  ENOTFOUND: NO_HOST,
  EAI_AGAIN: NO_HOST,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: ["unavailable", "unreachable", "unreachable", /a firewall may drop what is sent there/],
};

/** The errors that can occur only before the first request is sent. */
const handshakeRows: Readonly<Record<string, Row>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: tls(/has expired/),
  CERT_NOT_YET_VALID: tls(/not valid yet/),
  ERR_TLS_CERT_ALTNAME_INVALID: tls(/another host name/),
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: tls(/must offer HTTP\/2/),
};

/** The errors that a peer can also report after a request was sent. */
const laterTlsRows: Readonly<Record<string, Row>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: tls(/asks for a client certificate/),
  ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED: tls(/asks for a client certificate/),
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: CLIENT_REFUSED,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: CLIENT_REFUSED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_REFUSED,
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: CLIENT_REFUSED,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: CLOSED,
};

const tlsRows = { ...handshakeRows, ...laterTlsRows };
const OTHER: Row = ["unavailable", "unreachable", "unreachable", /could not be made/];
const otherRows = [
  ["ENETDOWN", OTHER],
  ["toString", OTHER],
] as const;
/** Certificates that OpenSSL rejects for reasons without a row of their own. */
const otherCertificates = [
  "INVALID_PURPOSE",
  "INVALID_CA",
  "PATH_LENGTH_EXCEEDED",
  "UNSPECIFIED",
  "CERT_CHAIN_TOO_LONG",
];
const port: Endpoint = { kind: "tcp", host: "localhost", port: 1 };

describe("each row of the table of errors", () => {
  it("is tested here", () => {
    assert.deepEqual(Object.keys(ERRNOS).sort(), Object.keys({ ...systemRows, ...tlsRows }).sort());
  });

  for (const [errno, row] of [...Object.entries({ ...systemRows, ...tlsRows }), ...otherRows]) {
    it(`${errno} is explained by our own channel`, () => {
      const failure = connectFailure(systemError(errno, "connect"), port);
      const { message } = failure;
      assertRow(failure, row, "never-sent");
      assert.ok(message.startsWith("cannot connect to http://localhost:1: ") && message.includes(errno), message);
    });
  }

  for (const errno of otherCertificates) {
    it(`${errno} is a failed handshake, for which no call waits`, () => {
      assertRow(connectFailure(systemError(errno, undefined), port), tls(/check the certificates/), "never-sent");
    });
  }

  it("tells an abstract socket without a listener from a file that a dead daemon has left", () => {
    for (const [endpoint, address, problem] of [
      [{ kind: "abstract", name: "c" }, "\0c", "unreachable"],
      [{ kind: "unix", path: "/nowhere/c.sock" }, "/nowhere/c.sock", "socket-stale"],
    ] as const) {
      const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", address });
      assert.equal(connectFailure(refused, endpoint).problem, problem);
    }
  });

  for (const errno of ["EACCES", "EPERM", "EINVAL"]) {
    it(`${errno} of a host is about the way to it, not about a socket with a file`, async () => {
      const error = systemError(errno, "connect", { address: "10.0.0.1", port: 1 });
      assertRow(connectFailure(error, port), NO_ROUTE, "never-sent");
      assertRow(await overConnect(error), asRetried(NO_ROUTE), "never-sent");
    });
  }

  it("EINVAL of a link-local address is about its missing interface, for which no call waits", () => {
    const error = systemError("EINVAL", "connect", { address: "fe80::1", port: 1 });
    const row = ["unavailable", "misconfigured", "not-a-socket", /needs an interface of this host/] as const;
    for (const host of ["fe80::1", "name-of-it.local"])
      assertRow(connectFailure(error, { kind: "tcp", host, port: 1 }), row, "never-sent");
  });

  it("EACCES of a link-local address is about the way to it", () => {
    const error = systemError("EACCES", "connect", { address: "fe80::1", port: 1 });
    assertRow(connectFailure(error, { kind: "tcp", host: "fe80::1%eth0", port: 1 }), NO_ROUTE, "never-sent");
  });

  it("EACCES of another system call of dial is not about the way to the host", () => {
    const error = systemError("EACCES", "bind", { address: "0.0.0.0", port: 22 }); // the local port that it asks for
    const row = ["permission_denied", "misconfigured", "unreachable", /dial could not use .* \(bind\)/] as const;
    assertRow(connectFailure(error, { kind: "dialed", dial: () => assert.fail() }), row, "never-sent");
  });

  it("is found after the TLS handshake, too, when a peer with TLS 1.3 refuses the client", () => {
    const error = systemError("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", undefined);
    assertRow(handshakeFailure(port, 0, error), tls(/asks for a client certificate/), "never-sent");
  });

  for (const [errno, row] of [...Object.entries(systemRows), ...otherRows]) {
    it(`${errno} of connect is explained beneath a Connect transport`, async () => {
      for (const syscall of ["connect", "getaddrinfo"]) {
        assertRow(await overConnect(systemError(errno, syscall)), asRetried(row), "never-sent");
      }
    });

    it(`${errno} of another system call leaves open what became of the request`, async () => {
      for (const syscall of ["read", "write", "open"]) {
        const failure = await overConnect(systemError(errno, syscall));
        assertRow(failure, ["unavailable", "broken"], "no-answer");
      }
    });

    it(`${errno} without a system call says nothing beneath a Connect transport`, async () => {
      for (const code of [Code.Aborted, Code.Unavailable])
        assertRow(await overConnect(systemError(errno), code), ["unavailable", "broken"], "no-answer");
    });
  }

  for (const [errno, row] of Object.entries(handshakeRows)) {
    it(`${errno} proves beneath a Connect transport that nothing was sent`, async () => {
      assertRow(await overConnect(systemError(errno)), row, "never-sent");
    });
  }

  for (const [errno, [, , problem, hint]] of Object.entries(laterTlsRows)) {
    it(`${errno} is explained beneath a Connect transport, and leaves open what became of the request`, async () => {
      assertRow(await overConnect(systemError(errno)), ["unavailable", "broken", problem, hint], "no-answer");
    });
  }

  it("is named by diagnose, also over a Connect transport", async () => {
    for (const errno of ["ENOENT", "EACCES", "CERT_HAS_EXPIRED"]) {
      const transport = rejecting(new ConnectError("it broke", Code.Internal, {}, [], systemError(errno, "connect")));
      await using images = new ImagesClient({ namespace: "default", transport });
      const [finding] = (await images.diagnose({ timeoutMs: 60_000 })).findings;
      const [, , problem, hint] = rowOf(errno);
      assert.equal(finding?.problem, problem);
      assert.match(finding?.advice ?? "", hint);
    }
  });
});

describe("containerd's ttrpc socket", () => {
  for (const [what, endpoint, hint] of [
    ["a file", { kind: "unix", path: "/run/c.sock.ttrpc" }, "/run/c.sock"],
    ["an abstract socket", { kind: "abstract", name: "c.sock.ttrpc" }, "unix-abstract:c.sock"],
    ["a pipe", { kind: "pipe", path: "\\\\.\\pipe\\c.ttrpc" }, "npipe:////./pipe/c"],
  ] as const) {
    it(`is known by its name, and so is the socket beside it, where it is ${what}`, () => {
      const failure = pathFailure(endpoint);
      assert.match(failure?.message ?? "", /: this is containerd's ttrpc socket$/);
      assert.equal(failure?.hint, `the images are at the gRPC socket beside it: use ${hint}`);
    });
  }
});

describe("the error of a dialed stream", () => {
  const failed = (properties: object) => Object.assign(new Error("lost"), properties);
  for (const [what, error, isOfCaller] of [
    ["a read", failed({ code: "ECONNRESET", syscall: "read" }), false],
    ["a write", failed({ code: "EPIPE", syscall: "write" }), false],
    ["HTTP/2", failed({ code: "ERR_HTTP2_ERROR" }), false],
    ["HTTP/1", failed({ code: "HPE_INVALID_CONSTANT" }), false],
    ["the stream itself", failed({ code: "ERR_STREAM_PREMATURE_CLOSE" }), false],
    ["a connection", failed({ code: "ECONNREFUSED", syscall: "connect" }), true],
    ["the caller", failed({}), true],
  ] as const) {
    it(`is ${isOfCaller ? "" : "not "}that of the caller's code, if it is one of ${what}`, () => {
      const stream = new Duplex().on("error", () => {}).destroy(error);
      assert.equal(errorOfCaller(stream), isOfCaller ? error : undefined);
    });
  }

  it("is no mistake in dial, if it is one of the system", () => {
    const refused = new TypeError("refused");
    assert.equal(dialReason(refused)?.kind, "misconfigured");
    assert.equal(dialReason(Object.assign(refused, { code: "ECONNREFUSED" })), undefined);
  });
});

describe("an error that this system makes", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "errno-"));
    chmodSync(dir, 0o755);
  });
  after(() => rmSync(dir, { recursive: true }));

  const makers: Readonly<Record<string, (path: string) => Promise<void> | void>> = {
    ENOENT: () => {},
    ECONNREFUSED: leaveStaleSocket,
    ENOTDIR: () => writeFileSync(join(dir, "file"), ""),
    ELOOP: (path) => symlinkSync(path, path),
  };
  for (const [errno, make] of Object.entries(makers)) {
    it(`${errno} is the same over our own channel and over connect-node`, async () => {
      const path = errno === "ENOTDIR" ? join(dir, "file", "c.sock") : join(dir, errno);
      await make(path);
      await assertSame(errno, path, errno === "ECONNREFUSED" ? "socket-stale" : undefined);
    });
  }

  it("EACCES is the same over our own channel and over connect-node", { skip: neverNobody }, async () => {
    const path = join(dir, "denied");
    const server = createServer().listen(path);
    await once(server, "listening");
    chmodSync(path, 0);
    await asNobody(() => assertSame("EACCES", path)).finally(() => server.close());
  });

  it("ECONNREFUSED of every address of a host is one ECONNREFUSED", async () => {
    const lookup = ((_host: string, _options: object, found: (error: null, addresses: object[]) => void) => {
      found(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "::1", family: 6 },
      ]);
    }) as LookupFunction; // Node asks for all addresses of the host
    const nodeOptions = { createConnection: () => openSocket({ host: "many", port: 1, lookup }) };
    const transport = createGrpcTransport({ baseUrl: "http://many", nodeOptions });
    const failure = await failureOf(get(fromTransport(transport)));
    assertRow(failure, asRetried(rowOf("ECONNREFUSED")), "never-sent");
    assert.ok(failure.cause instanceof ConnectError && failure.cause.cause instanceof AggregateError);
    assert.match(connectFailure(failure.cause.cause, port).message, /: connect ECONNREFUSED 127\.0\.0\.1:1$/);
  });

  async function assertSame(errno: string, path: string, socketProblem?: string): Promise<void> {
    const [code, kind, problem, hint] = rowOf(errno);
    const row: Row = [code, kind, socketProblem ?? problem, hint];
    const channel = new Http2Channel({ kind: "unix", path }, { waitForDaemonMs: 0 });
    assertRow(await failureOf(get(channel)), row, "never-sent");
    channel.destroy();
    const nodeOptions = { createConnection: () => openSocket(path) };
    const transport = createGrpcTransport({ baseUrl: "http://localhost", nodeOptions });
    assertRow(await failureOf(get(fromTransport(transport))), asRetried(row), "never-sent");
  }
});

function rowOf(errno: string): Row {
  return { ...systemRows, ...tlsRows }[errno] ?? assert.fail(errno);
}

async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}.live`);
  await once(server, "listening");
  linkSync(`${path}.live`, path); // closing removes only the first name
  server.close();
  await once(server, "close");
}

function systemError(code: string, syscall?: string, place: object = placeOf(code)): Error {
  const where = syscall === undefined ? {} : { syscall, ...place };
  return Object.assign(new Error(`${syscall ?? "it"} went wrong`), { code, ...where });
}

/** Where an error is expected: some say something else about a host than about the path of a socket. */
function placeOf(code: string): object {
  const row = systemRows[code];
  return row === DENIED || row === OTHER_PATH ? { address: "/run/c.sock" } : { address: "127.0.0.1", port: 1 };
}

/** The result of a call whose transport fails like connect-node with this error. */
async function overConnect(cause: Error, code = Code.Internal) {
  const error = new ConnectError(cause.message, code, undefined, undefined, cause);
  return await failureOf(get(fromTransport(rejecting(error))));
}

function rejecting(error: Error): Transport {
  return { unary: () => Promise.reject(error), stream: () => Promise.reject(error) };
}

/** With a Connect transport, only retries wait for the daemon, and they retry failures of the kind `broken`. */
function asRetried([code, kind, problem, hint]: Row): Row {
  return [code, kind === "unreachable" ? "broken" : kind, problem, hint];
}

type Told = { readonly [K in "code" | "kind" | "problem" | "hint" | "evidence"]: string | undefined };

/** Compares all properties of failures; without `problem` and `hint` in the expectation, they must have none. */
function assertRow(
  told: Told,
  [code, kind, problem, hint]: readonly [string, string, string?, RegExp?],
  evidence: string,
) {
  assert.deepEqual(
    { code: told.code, kind: told.kind, problem: told.problem, evidence: told.evidence },
    { code, kind, problem, evidence },
  );
  if (hint === undefined) assert.equal(told.hint, undefined);
  else assert.match(told.hint ?? "", hint);
}
