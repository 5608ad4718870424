import assert from "node:assert/strict";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { get, newCall, outcome } from "./calls.js";

// Run as a process of its own. Nothing but the connection keeps it alive: the second call has no deadline, and waits
// for the attempt that the first one has left.
const channel = new Http2Channel({ kind: "unix", path: process.argv[2] ?? "" });
const abort = new AbortController();
const left = outcome(get(channel, newCall({ signal: abort.signal })));
abort.abort();
assert.equal(await left, "canceled ended never-sent");
await get(channel, newCall({ timeoutMs: Number.POSITIVE_INFINITY }));
