import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { get } from "./calls.js";

// Run as a process of its own, which has to end by itself.
const channel = new Http2Channel({ kind: "unix", path: process.argv[2] ?? "" });
await get(channel);
console.log("idle");
