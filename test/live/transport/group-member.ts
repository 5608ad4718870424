import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { get, newCall, outcome } from "../../unit/transport/calls.js";

// Run as a process of its own, which is in the daemon's group and not root, until its input ends. Says how calls ended.
const [path = "", gid = ""] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(Number(gid));
process.setuid?.(Number(gid));

const channel = new Http2Channel({ kind: "unix", path });
const outcomes = new Set([await outcome(get(channel))]);
console.log("ready");
let isOver = false;
process.stdin.once("close", () => {
  isOver = true;
});
process.stdin.resume();
const workers = Array.from({ length: 8 }, async () => {
  while (!isOver) outcomes.add(await outcome(get(channel, newCall({ timeoutMs: 30_000 }))));
});
await Promise.all(workers);
channel.destroy();
console.log([...outcomes].sort().join("\n"));
