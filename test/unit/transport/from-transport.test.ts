import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { getRequest } from "../../../src/codec/requests.js";
import { ImagesClient } from "../../../src/index.js";
import { ExcessiveMessage, MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { fromTransport, transportFailure } from "../../../src/transport/from-transport.js";
import { ManualClock } from "../../support/manual-clock.js";
import { failureOf, get, newCall, outcome } from "./calls.js";

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

function said({ code, kind, evidence }: ReturnType<typeof transportFailure>): string {
  return `${code}, ${kind}, ${evidence}`;
}

describe("an error of a Connect transport", () => {
  for (const [code, name] of [
    [Code.Canceled, "canceled"],
    [Code.Aborted, "aborted"],
    [Code.Internal, "internal"],
    [Code.Unavailable, "unavailable"],
  ] as const) {
    it(`with the code ${name} and no headers of a response is a lost stream`, () => {
      const failure = transportFailure(new ConnectError("on purpose", code));
      assert.equal(said(failure), "unavailable, broken, no-answer");
    });

    for (const header of ["content-type", "grpc-status", "date"]) {
      it(`with the code ${name} and the header ${header} is the server's status`, () => {
        const failure = transportFailure(new ConnectError("on purpose", code, { [header]: `${code}` }));
        assert.equal(said(failure), `${name}, status, answered`);
      });
    }
  }

  it("with the code invalid_argument and no headers of a response is a response that cannot be read", () => {
    // Connect reports it so when a message is cut off, or is no JSON.
    const { InvalidArgument } = Code;
    assert.equal(said(transportFailure(new ConnectError("cut off", InvalidArgument))), "internal, malformed, answered");
    const ofServer = transportFailure(new ConnectError("no digest", InvalidArgument, { "grpc-status": "3" }));
    assert.equal(said(ofServer), "invalid_argument, status, answered");
  });

  it("with the code unimplemented and no headers of a response is a response that cannot be read", () => {
    // Connect reports it so when there is no message, or a second one.
    const { Unimplemented } = Code;
    assert.equal(said(transportFailure(new ConnectError("none", Unimplemented))), "unimplemented, malformed, answered");
    const ofServer = transportFailure(new ConnectError("no Create", Unimplemented, { "grpc-status": "12" }));
    assert.equal(said(ofServer), "unimplemented, status, answered");
  });

  it("whose grpc-status is not the number that Connect has read is a response that cannot be read", () => {
    const read = (metadata: Record<string, string>, code = Code.NotFound) =>
      transportFailure(new ConnectError("no record", code, metadata));
    const details = { "grpc-status-details-bin": "CAUSBW90aGVy" }; // of not_found
    for (const metadata of [
      { "grpc-status": "5junk" },
      { "grpc-status": "5, 0" }, // two of them
      { "grpc-status": "13", ...details },
      details,
    ])
      assert.equal(said(read(metadata)), "internal, malformed, answered", JSON.stringify(metadata));
    const { message } = read({ "grpc-status": "5junk" });
    assert.equal(message, 'grpc-status is "5junk": no record');
    assert.equal(said(read({ "grpc-status": "5", ...details })), "not_found, status, answered");
    // The status of HTTP counts before that of gRPC.
    assert.equal(said(read({ "grpc-status": "8" }, Code.Unavailable)), "unavailable, status, answered");
  });

  it("asks to wait as on the client's own channel: in gRPC only with gRPC's header, elsewhere only with HTTP's", () => {
    const pushback = (metadata: Record<string, string>) =>
      transportFailure(new ConnectError("busy", Code.Unavailable, metadata)).pushback;
    const both = { "grpc-retry-pushback-ms": "7", "retry-after": "1" };
    assert.equal(pushback({ "grpc-status": "14", ...both }), 7);
    assert.equal(pushback({ "grpc-status": "14", "retry-after": "1" }), undefined);
    assert.equal(pushback(both), 1_000);
    assert.equal(pushback({ "grpc-retry-pushback-ms": "7" }), undefined);
  });

  it("with another code is the server's status", () => {
    for (const [code, name] of [
      [Code.NotFound, "not_found"],
      [Code.ResourceExhausted, "resource_exhausted"],
      [Code.DeadlineExceeded, "deadline_exceeded"],
      [Code.Unknown, "unknown"],
    ] as const) {
      assert.equal(said(transportFailure(new ConnectError("on purpose", code))), `${name}, status, answered`);
    }
  });

  it("that an error of the system has caused says whether the request can have reached the server", () => {
    for (const [cause, expected] of [
      [systemError("ECONNREFUSED", "connect"), "unavailable, broken, never-sent"],
      [systemError("ENOTFOUND", "getaddrinfo"), "unavailable, broken, never-sent"],
      [systemError("EACCES", "connect"), "permission_denied, misconfigured, never-sent"],
      [systemError("ECONNRESET", "read"), "unavailable, broken, no-answer"],
      [systemError("EPIPE", "write"), "unavailable, broken, no-answer"],
    ] as const) {
      const ofConnect = new ConnectError("on purpose", Code.Unavailable, undefined, undefined, cause);
      for (const thrown of [ofConnect, cause]) assert.equal(said(transportFailure(thrown)), expected, cause.message);
    }
  });

  it("without a message has that of the first error in it, or says that there is none", () => {
    const refused = new AggregateError([systemError("ECONNREFUSED", "connect"), systemError("EACCES", "connect")]);
    assert.equal(transportFailure(refused).message, "connect ECONNREFUSED");
    const status = transportFailure(new ConnectError("", Code.Unavailable));
    assert.equal(status.message, "no message");
  });

  it("can be any value, also one without a text", () => {
    const unreadable = Object.defineProperty(new Error(), "cause", { get: () => assert.fail("on purpose") });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const thrown of [Object.create(null), unreadable, revoked.proxy]) {
      const failure = transportFailure(thrown);
      assert.equal(failure.message, "it threw a value without a text");
      assert.equal(said(failure), "unknown, status, answered");
    }
    assert.equal(transportFailure(Object.assign(new Error(), { message: 5 })).message, "5");
    assert.equal(transportFailure(undefined).message, "undefined");
  });
});

describe("a call over a Connect transport", () => {
  it("passes on how many milliseconds are left, rounded up, and is aborted when it ends before its response", async () => {
    const sent: (readonly [signal: AbortSignal | undefined, timeoutMs: number | undefined])[] = [];
    const unary: Transport["unary"] = (_method, signal, timeoutMs) => {
      sent.push([signal, timeoutMs]);
      return new Promise(() => {});
    };
    const invoker = fromTransport({ unary, stream: () => assert.fail() });
    const abort = new AbortController();
    const call = newCall({ timeoutMs: 1_000.5, signal: abort.signal }, new ManualClock());
    const ended = outcome(get(invoker, call));
    assert.equal(sent[0]?.[1], 1_001);
    abort.abort();
    assert.equal(await ended, "canceled ended no-answer");
    assert.equal(sent[0]?.[0]?.aborted, true);
    assert.equal(await outcome(get(invoker, newCall({ signal: abort.signal }))), "canceled ended never-sent");
    assert.equal(sent.length, 1);
  });
});

describe("a gateway that spoils its responses", () => {
  const message = [0, 0, 0, 0, 0]; // an empty one
  const ofGrpcWeb = [0x80, 0, 0, 0, 16, ...Buffer.from("grpc-status: 0\r\n")];
  for (const [what, body, code] of [
    ["cut off", [0, 0, 0, 0, 99, 10], "internal"], // far fewer bytes than it announces
    ["empty", [], "unimplemented"],
    ["two messages", [...message, ...message], "unimplemented"],
  ] as const)
    for (const [protocol, make] of [
      ["gRPC", createGrpcTransport],
      ["gRPC-Web", createGrpcWebTransport],
    ] as const) {
      it(`leaves open whether a write was applied whose response over ${protocol} is ${what}`, async (t) => {
        const isWeb = protocol === "gRPC-Web";
        const gateway = createServer((_request, response) => {
          response.setHeader("content-type", isWeb ? "application/grpc-web+proto" : "application/grpc");
          if (!isWeb) response.addTrailers({ "grpc-status": "0" });
          response.end(Uint8Array.from(isWeb ? [...body, ...ofGrpcWeb] : body));
        });
        gateway.on("session", (session) => t.after(() => session.destroy()));
        t.after(() => gateway.close());
        await once(gateway.listen(0, "127.0.0.1"), "listening");
        const { port } = gateway.address() as AddressInfo; // it listens on a port
        const transport = make({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "2" });
        await using images = new ImagesClient({ namespace: "default", transport, retry: { baseDelayMs: 0 } });
        const target = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1 };
        const expected = { code, outcome: "unknown" };
        await assert.rejects(images.create({ name: "app:1", target }), expected);
        await assert.rejects(images.delete("app:1"), expected);
        await assert.rejects(images.get("app:1"), { code, outcome: "not-applied", attempts: 2 });
      });
    }
});

describe("a gateway that spoils the status", () => {
  for (const status of ["5junk", ["5", "0"]])
    it(`leaves open whether a write was applied, and whether there is a record, with ${status}`, async (t) => {
      const gateway = createServer((_request, response) => {
        response.setHeader("content-type", "application/grpc");
        response.setHeader("grpc-status", status);
        response.end();
      });
      gateway.on("session", (session) => t.after(() => session.destroy()));
      t.after(() => gateway.close());
      await once(gateway.listen(0, "127.0.0.1"), "listening");
      const { port } = gateway.address() as AddressInfo; // it listens on a port
      const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` });
      await using images = new ImagesClient({ namespace: "default", transport, retry: { baseDelayMs: 0 } });
      const unclear = /grpc-status is "5(junk|, 0)"/;
      await assert.rejects(images.delete("app:1"), { code: "internal", outcome: "unknown", message: unclear });
      await assert.rejects(images.find("app:1"), { code: "internal", message: unclear });
    });
});

describe("a peer that asks to wait before a retry", () => {
  const transports = {
    gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl }),
    "gRPC-Web": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
    Connect: (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  };
  const ofServer = { "content-type": "application/grpc", "grpc-status": "14" };
  const cases = [
    ["gRPC", 200, { ...ofServer, "grpc-retry-pushback-ms": "60000" }, /asks to wait 60000 ms/],
    ["gRPC", 200, { ...ofServer, "grpc-retry-pushback-ms": "no" }, /no message/],
    ["gRPC", 503, { "retry-after": "60" }, /asks to wait 60000 ms/],
    ["gRPC-Web", 503, { "retry-after": "60" }, /asks to wait 60000 ms/],
    ["Connect", 503, { "retry-after": "60" }, /asks to wait 60000 ms/],
  ] as const;

  for (const [protocol, status, headers, message] of cases)
    it(`is not asked again before the deadline: ${protocol}, ${status}, ${JSON.stringify(headers)}`, async (t) => {
      const gateway = createServer((_request, response) => response.writeHead(status, headers).end());
      gateway.on("session", (session) => t.after(() => session.destroy()));
      t.after(() => gateway.close());
      await once(gateway.listen(0, "127.0.0.1"), "listening");
      const { port } = gateway.address() as AddressInfo; // it listens on a port
      const transport = transports[protocol](`http://127.0.0.1:${port}`);
      await using images = new ImagesClient({ namespace: "default", transport });
      await assert.rejects(images.get("app:1"), { code: "unavailable", attempts: 1, message });
    });
});

describe("a response over a Connect transport", () => {
  const transport = createRouterTransport(({ service }) => {
    service(Images, { get: () => ({}) });
  });

  it("that no service has made has the hint that there is none", async () => {
    await using images = new ImagesClient({ namespace: "default", transport: createRouterTransport(() => {}) });
    await assert.rejects(images.get("app:1"), { code: "unimplemented", hint: /serves no images/ });
  });

  it("without a record is malformed", async () => {
    assert.equal(await outcome(get(fromTransport(transport))), "internal malformed answered");
  });

  for (const [refusal, expected] of [
    [new MalformedMessage("odd"), "internal, malformed, answered"],
    [new ExcessiveMessage("many"), "resource_exhausted, malformed, answered"],
  ] as const) {
    it(`that is refused as ${refusal.message} is ${expected}`, async () => {
      const decoder = {
        whole: () => {
          throw refusal;
        },
      };
      const call = newCall({}, new ManualClock());
      const failure = await failureOf(fromTransport(transport).unary(getRequest("app:1"), call, decoder));
      assert.deepEqual([said(failure), failure.cause], [expected, refusal]);
    });
  }
});
