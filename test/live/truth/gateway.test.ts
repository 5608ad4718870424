import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:http2";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { Gateway } from "./gateway.js";
import { Upstream } from "./upstream.js";

const EMPTY_MESSAGE = Buffer.alloc(5);

it("ends a stream whose daemon goes before it has answered", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "gateway-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const daemon = createServer((socket) => socket.once("data", () => socket.end()));
  t.after(() => daemon.close());
  await once(daemon.listen(join(dir, "daemon.sock")), "listening");
  const upstream = new Upstream(join(dir, "daemon.sock"));
  t.after(() => upstream.close());
  const gateway = new Gateway();
  t.after(() => gateway.close());
  gateway.handler = async (exchange) => exchange.stream(upstream.open(exchange.path, exchange.headers));
  await gateway.listen(join(dir, "gateway.sock"));
  const session = connect("http://localhost", { path: join(dir, "gateway.sock") });
  t.after(() => session.destroy());

  const stream = session.request({ ":method": "POST", ":path": "/Subscribe" }).end(EMPTY_MESSAGE);

  await assert.rejects(once(stream, "response"), { code: "ERR_HTTP2_STREAM_ERROR" });
});
