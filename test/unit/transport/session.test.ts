import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import { describe, it } from "node:test";
import { createHttp2Channel } from "../../../src/transport/http2/channel.js";
import { localAddress } from "../../support/local-address.js";
import { newCall, outcome, until } from "./calls.js";

describe("a session", () => {
  it("lets the peer send 1 MiB of a response and 4 MiB of all without waiting, and headers up to 60 KiB", async () => {
    using place = localAddress();
    const server = createServer();
    const sessions: ServerHttp2Session[] = [];
    server.on("session", (session) => sessions.push(session));
    await once(server.listen(place.path), "listening");
    const channel = createHttp2Channel({ kind: "unix", path: place.path }, {});
    const held = outcome(channel.pinned(newCall(), () => until(() => sessions[0]?.state.remoteWindowSize === 4 << 20)));
    assert.equal(await held, "ok");
    const { initialWindowSize, maxHeaderListSize, enablePush } = sessions[0]?.remoteSettings ?? {};
    assert.deepEqual([initialWindowSize, maxHeaderListSize, enablePush], [1 << 20, 60 << 10, false]);
    channel.destroy();
    server.close();
    await once(server, "close");
  });
});
