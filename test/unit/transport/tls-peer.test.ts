import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import tls from "node:tls";
import { ImagesClient } from "../../../src/index.js";
import type { Tls } from "../../../src/transport/endpoint.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { frame } from "../../faults/frames.js";
import { image, PeerConnection, type PeerStream, sendSettings } from "../../faults/peer.js";
import { selfSigned } from "../../support/self-signed.js";
import { get, outcome } from "./calls.js";

const ORIGIN = 0xc;
const certificate = selfSigned("localhost");

describe("a peer with TLS", () => {
  let server: tls.Server;
  let answer: (stream: PeerStream) => unknown;
  let connections: number;
  /** The names that the clients have asked for. */
  let names: string[];

  beforeEach(async () => {
    answer = (stream) => stream.ok();
    connections = 0;
    names = [];
    const SNICallback = (name: string, done: (error: null) => void) => {
      names.push(name);
      done(null);
    };
    server = tls.createServer({ ...certificate, ALPNProtocols: ["h2"], SNICallback }, (socket) => {
      connections += 1;
      const events = { image, mute: false, begin: () => {}, answer: (stream: PeerStream) => answer(stream) };
      sendSettings(new PeerConnection(socket, events));
    });
    server.on("tlsClientError", () => {}); // a client that refuses the certificate
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  afterEach(() => server.close());

  function channel(options: Tls = { ca: certificate.cert, servername: "localhost" }, port = portOf(server)) {
    return new Http2Channel({ kind: "tls", host: "127.0.0.1", port, tls: options }, { waitForDaemonMs: 0 });
  }

  const origins = (count: number) => {
    const name = Buffer.from("https://other.example");
    return Buffer.concat(
      Array.from({ length: count }, () => frame(ORIGIN, 0, 0, Buffer.concat([Buffer.from([0, name.length]), name]))),
    );
  };

  it("is trusted by the bytes of the authority when the client was made", async () => {
    for (const inList of [false, true]) {
      const ca = Buffer.from(certificate.cert);
      const tls = { ca: inList ? [ca] : ca, servername: "localhost" };
      const address = `https://127.0.0.1:${portOf(server)}`;
      await using client = new ImagesClient({ namespace: "default", address, tls, retry: false });
      ca.fill(0);
      await client.list();
    }
  });

  it("is told which host is meant, by its name or the one that is given, but not by an address", async () => {
    const authority = { ca: certificate.cert };
    for (const [host, options, expected, name] of [
      ["localhost", authority, "ok", ["localhost"]],
      ["127.0.0.1", { ...authority, servername: "localhost" }, "ok", ["localhost"]],
      ["127.0.0.1", authority, "unavailable misconfigured never-sent", []],
    ] as const) {
      names = [];
      const client = new Http2Channel({ kind: "tls", host, port: portOf(server), tls: options });
      assert.equal(await outcome(get(client)).finally(() => client.destroy()), expected);
      assert.deepEqual(names, name);
    }
  });

  it("may name other origins", async () => {
    answer = (stream) => stream.send(origins(49)).ok();
    const client = channel();
    for (let count = 0; count < 2; count += 1) assert.equal(await outcome(get(client)), "ok");
    client.destroy();
    assert.equal(connections, 1);
  });

  it("that names origins without end loses the connection", async () => {
    answer = (stream) => stream.send(origins(100)).ok();
    const client = channel();
    await outcome(get(client)); // its response came in the same packet
    answer = (stream) => stream.ok();
    assert.equal(await outcome(get(client)).finally(() => client.destroy()), "ok");
    assert.equal(connections, 2);
  });

  it("that sends a record that is damaged is tried again", async () => {
    let isDamaged = true;
    const relay = net.createServer((client) => {
      const upstream = net.connect(portOf(server), "127.0.0.1");
      for (const socket of [client, upstream]) socket.on("error", () => {});
      client.pipe(upstream);
      upstream.once("data", (chunk: Buffer) => {
        if (isDamaged) chunk.writeUInt8(chunk.readUInt8(chunk.length - 1) ^ 1, chunk.length - 1);
        client.write(chunk);
        upstream.pipe(client);
      });
    });
    await once(relay.listen(0, "127.0.0.1"), "listening");
    const client = channel(undefined, portOf(relay));
    const damaged = await outcome(get(client));
    isDamaged = false;
    const next = await outcome(get(client));
    client.destroy();
    relay.close();
    assert.deepEqual([damaged, next], ["unavailable unreachable never-sent", "ok"]);
  });

  it("is not trusted because a variable of the environment says so", async () => {
    const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const client = channel({});
    try {
      assert.equal(await outcome(get(client)), "unavailable misconfigured never-sent");
    } finally {
      client.destroy();
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});

function portOf(server: net.Server): number {
  const listening = server.address();
  return typeof listening === "object" ? (listening?.port ?? 0) : 0;
}
