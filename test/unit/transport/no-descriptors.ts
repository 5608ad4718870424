import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Peer } from "../../faults/peer.js";
import { failureOf, get } from "./calls.js";

// Run as a process of its own that may open few files.
using peer = await Peer.start({});
const channel = new Http2Channel({ kind: "unix", path: peer.path }, { waitForDaemonMs: 0 });
const files: number[] = [];
for (let i = 0; i < 5; i += 1) {
  files.push(...openAll());
  await new Promise((resolve) => setTimeout(resolve, 20)); // something may still close its own
}
// In the same turn as the attempt: with a descriptor that was closed meanwhile it would connect, and the peer, in this
// process too, could not accept it.
files.push(...openAll());
const { code, kind, evidence, hint } = await failureOf(get(channel));
assert.deepEqual([code, kind, evidence], ["resource_exhausted", "unreachable", "never-sent"]);
assert.match(hint ?? "", /file descriptor/);
for (const file of files) closeSync(file);
await get(channel);
channel.destroy();

function openAll(): number[] {
  const opened: number[] = [];
  try {
    for (;;) opened.push(openSync("/dev/null", "r"));
  } catch {
    return opened;
  }
}
