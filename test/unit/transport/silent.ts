import assert from "node:assert/strict";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { get, newCall, outcome } from "./calls.js";

// Run as a process of its own. It has to exit although its connection to a silent peer never becomes ready.
const [, , path = "", how] = process.argv;
const channel = new Http2Channel({ kind: "unix", path });
if (how === "aborted") {
  const abort = new AbortController();
  const call = outcome(get(channel, newCall({ signal: abort.signal })));
  abort.abort(); // before there is a socket
  assert.equal(await call, "canceled ended never-sent");
} else assert.equal(await outcome(get(channel, newCall({ timeoutMs: 200 }))), "deadline_exceeded ended never-sent");
