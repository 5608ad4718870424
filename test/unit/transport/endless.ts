import assert from "node:assert/strict";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { get, newCall, outcome } from "./calls.js";

// Run as a process of its own. Nothing but the connection keeps it alive: the last call has no deadline, and waits for
// its own attempt, or for the one that a call before it has left.
const [, , path = "", how] = process.argv;
const channel = new Http2Channel({ kind: "unix", path });
if (how === "left") {
  const abort = new AbortController();
  const left = outcome(get(channel, newCall({ signal: abort.signal })));
  abort.abort();
  assert.equal(await left, "canceled ended never-sent");
}
await get(channel, newCall({ timeoutMs: Number.POSITIVE_INFINITY }));
