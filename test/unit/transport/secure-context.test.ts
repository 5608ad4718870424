import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, afterEach, before, beforeEach, describe, it, mock } from "node:test";
import tls from "node:tls";
import { ImagesClient, type TlsOptions } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { selfSigned } from "../../support/self-signed.js";

describe("clients with the same certificates", () => {
  const service = new InMemoryImages();
  const one = selfSigned("one");
  const two = selfSigned("two");
  const authority = selfSigned("localhost");
  /** The common name of each client's certificate, in the order of the connections. */
  let seen: unknown[];
  let server: tls.Server;
  let address: string;
  const made = mock.method(tls, "createSecureContext");

  before(async () => {
    const plain = new URL((await service.listen("127.0.0.1:0")).address);
    const options = { ...authority, ALPNProtocols: ["h2"], ca: [one.cert, two.cert], requestCert: true };
    server = tls.createServer(options, (socket) => {
      seen.push(socket.getPeerCertificate().subject.CN);
      const upstream = net.connect(Number(plain.port), plain.hostname);
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const listening = server.address();
    address = `https://127.0.0.1:${typeof listening === "object" ? listening?.port : ""}`;
  });
  beforeEach(() => {
    seen = [];
    made.mock.resetCalls();
  });
  afterEach(() => made.mock.resetCalls());
  after(async () => {
    made.mock.restore();
    await service.close();
    server.close();
  });

  /** A client of its own, with its own copies of the bytes. */
  const client = ({ cert, key }: typeof one, tlsOptions: TlsOptions = {}) =>
    new ImagesClient({
      namespace: "default",
      address,
      tls: { ca: Buffer.from(authority.cert), cert: Buffer.from(cert), key, servername: "localhost", ...tlsOptions },
    });
  const callAll = async (clients: readonly ImagesClient[]) => {
    try {
      for (const each of clients) await each.list();
    } finally {
      await Promise.all(clients.map((each) => each.close()));
    }
  };

  it("have them checked once, and read once for all connections", async () => {
    const first = client(one);
    made.mock.resetCalls();
    const clients = [first, ...Array.from({ length: 9 }, () => client(one))];
    assert.equal(made.mock.callCount(), 0, "checked again");
    await callAll(clients);
    assert.equal(made.mock.callCount(), 1, "read again");
    assert.deepEqual(seen, Array(10).fill("one"));
  });

  it("do not end each other's calls when they close", async () => {
    const clients = Array.from({ length: 10 }, () => client(one));
    service.failNext("list", { delayMs: 50 }, { times: 10 });
    const calls = clients.map((each) => each.list());
    const settled = Promise.allSettled(calls);
    await Promise.all(clients.slice(0, 5).map((each) => each.close({ graceMs: 0 })));
    const statuses = (await settled).map(({ status }) => status);
    assert.deepEqual(statuses, [...Array(5).fill("rejected"), ...Array(5).fill("fulfilled")]);
    await Promise.all(clients.map((each) => each.close()));
  });

  it("do not share them with clients that have others", async () => {
    await callAll([client(one), client(two), client(one), client(two)]);
    assert.deepEqual(seen, ["one", "two", "one", "two"]);
    const stranger = client(one, { ca: two.cert });
    await assert.rejects(stranger.list(), /certificate/);
    await stranger.close();
  });

  it("are told apart by every part, and by where a part ends", () => {
    const { cert } = one;
    assert.throws(() => client(one, { key: two.key }), /is not the key of tls\.cert/);
    client(one, { ca: [authority.cert, cert] });
    assert.throws(() => client(one, { ca: [authority.cert, cert.slice(0, 60), cert.slice(60)] }), /tls\.ca\[1\]/);
    assert.throws(() => client(one, { ca: authority.cert, cert: undefined }), /is required with tls\.key/);
  });
});
