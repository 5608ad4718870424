import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getRequest, listRequest } from "../../../src/codec/requests.js";
import { failedCall } from "../../../src/diagnose/findings.js";
import { toImagesError } from "../../../src/interceptors/to-images-error.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { latePart } from "../../../src/rpc/late-part.js";
import type { Endpoint } from "../../../src/transport/endpoint.js";
import { hintsFor, nobodyOnAbstract } from "../../../src/transport/endpoint-hints.js";
import { ERRNOS, NO_INTERFACE, OTHER_ERRNO, OTHER_FILE } from "../../../src/transport/errno.js";
import { contentTypeFailure, httpFailure } from "../../../src/transport/http2/http-status.js";
import { statusFailure } from "../../../src/transport/http2/status.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "../interceptors/calls.js";
import { requests } from "../interceptors/records.js";
import { status } from "../interceptors/scripted-channel.js";

const at = { host: "localhost", port: 1 };
const endpoints: readonly Endpoint[] = [
  { kind: "unix", path: "/run/c.sock" },
  { kind: "abstract", name: "x" },
  { kind: "pipe", path: "\\\\.\\pipe\\x" },
  { kind: "tcp", ...at },
  { kind: "tls", ...at, tls: {} },
  { kind: "tcp", host: "fe80::1", port: 1 },
  { kind: "dialed", dial: () => assert.fail() },
];

const unloaded: RpcFailure = await latePart<never>(() => Promise.reject(new Error("EMFILE")))().catch((it) => it);

const unreadable = new RpcFailure("ended", { code: "internal", evidence: "no-answer", kind: "broken" });

function errorOf(failure: RpcFailure, request = requests.get) {
  return toImagesError(failure, request, callOn(new ManualClock()), "not-applied");
}

function hintsOf(endpoint: Endpoint): readonly string[] {
  const { problems = {}, ...others } = hintsFor(endpoint);
  return [...Object.values(others), ...Object.values(problems)];
}

function hints(): readonly string[] {
  const failures = [400, 401, 403, 404, 408, 413, 418, 429, 500, 502, 503, 504].map(httpFailure);
  const errors = [
    errorOf(contentTypeFailure("text/html")),
    errorOf(status("not_found")),
    errorOf(status("failed_precondition")),
    errorOf(status("resource_exhausted")),
    errorOf(unreadable, getRequest("語".repeat(7_300))),
    errorOf(status("unimplemented")),
    errorOf(status("unimplemented"), requests.create),
  ];
  return [
    ...Object.values(ERRNOS),
    NO_INTERFACE,
    OTHER_ERRNO,
    OTHER_FILE,
    ...failures,
    ...errors,
    statusFailure({}),
    unloaded,
  ]
    .map((failure) => failure?.hint)
    .concat(endpoints.flatMap(hintsOf))
    .flatMap((hint) => (hint === undefined ? [] : [hint]));
}

const END = /; diagnose\(\) finds out more$/;

describe("a hint", () => {
  it("ends with diagnose() if it asks something or only says what may be", () => {
    for (const hint of hints())
      if (/\?|\bmay be\b|\bmay refuse\b|for example|something else|another program/.test(hint)) assert.match(hint, END);
  });

  it("says that a proxy limits the size of requests, which looks like another server otherwise", () => {
    assert.match(httpFailure(413).hint ?? "", /no request of this size.*client_max_body_size/);
  });

  it("speaks of padded names of abstract sockets only where Node pads them", () => {
    assert.match(nobodyOnAbstract("20.19.0"), /nobody listens.*Node 20 pads.*; diagnose\(\) finds out more$/);
    for (const version of ["22.0.0", "24.1.0", "26.0.0"])
      assert.match(nobodyOnAbstract(version), /nobody listens.*running\?; diagnose\(\) finds out more$/);
  });

  it("is sure only if the error or the status leaves no doubt", () => {
    const sure = new Set(hints().filter((hint) => !END.test(hint)));
    assert.deepEqual(
      [...sure].map((hint) => hint.split(/[:;,]/)[0]),
      [
        "the socket is open to root and its group only",
        "this process runs with node --permission",
        "the address must be the path of containerd's socket",
        "there is a file of another kind",
        "that socket takes datagrams",
        "this process or the system has no file descriptor left",
        "the host name cannot be resolved",
        "no network route leads to that host now",
        "the peer's certificate is signed by an unknown authority",
        "the peer's certificate has expired (or this machine's clock is wrong)",
        "the peer's certificate is not valid yet (or this machine's clock is wrong)",
        "the peer's certificate is for another host name",
        "the peer must offer HTTP/2 (ALPN h2)",
        "the peer asks for a client certificate",
        "the peer refuses the client certificate",
        "the peer does not speak TLS",
        "a link-local address needs an interface of this host",
        "Docker and CRI store records under full names",
        "unless this is a rate limit",
        "Node cannot read an error with so long a name",
        "if the package was changed while the program runs",
        "the pipe is open to administrators only",
      ],
    );
  });

  it("says what makes a record unreadable only where there may be such a record", () => {
    const hintFor = (failure: RpcFailure, request = requests.get) => errorOf(failure, request).hint;
    assert.match(hintFor(status("resource_exhausted")) ?? "", /the record "app:1" fits in no response/);
    for (const request of [requests.create, requests.update, requests.delete, listRequest([])])
      assert.equal(hintFor(status("resource_exhausted"), request), undefined);
    assert.equal(hintFor(unreadable), undefined);
  });

  it("says that Node cannot read the error for a long name only if that may be so", () => {
    const longName = getRequest("a".repeat(6_001));
    assert.match(errorOf(unreadable, longName).hint ?? "", /^Node cannot read an error with so long a name/);
    assert.equal(errorOf(unreadable, getRequest("a".repeat(6_000))).hint, undefined);
    const broken = new RpcFailure("reset", { code: "unavailable", evidence: "no-answer", kind: "broken" });
    for (const failure of [broken, status("internal")]) assert.equal(errorOf(failure, longName).hint, undefined);
  });

  it("says where credentials go, and what may have dropped a status", () => {
    assert.match(httpFailure(401).hint ?? "", /pass them in the headers of the call/);
    assert.match(statusFailure({})?.hint ?? "", /a proxy may drop the trailers/);
  });

  it("does not name diagnose() in a diagnosis", () => {
    const failure = httpFailure(502);
    const error = errorOf(failure);
    assert.match(error.hint ?? "", END);
    assert.equal(failedCall({ error, failure }).advice, "the proxy cannot reach containerd: is it running?");
  });
});
