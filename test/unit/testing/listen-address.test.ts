import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseListenAddress } from "../../../src/testing/transports/listen-address.js";

const pipe = { endpoint: { kind: "pipe", path: "\\\\.\\pipe\\images" } };
const abstract = { endpoint: { kind: "abstract", name: "images" } };

describe("an address to listen at", () => {
  for (const [address, platform, expected] of [
    ["npipe:////./pipe/images", "win32", pipe],
    ["\\\\.\\pipe\\images", "win32", pipe],
    ["127.0.0.1:0", "win32", { host: "127.0.0.1", port: 0 }],
    ["unix-abstract:images", "linux", abstract],
    ["@images", "linux", abstract],
    ["unix-abstract:5000", "linux", { endpoint: { kind: "abstract", name: "5000" } }],
    ["/x", "linux", { endpoint: { kind: "unix", path: "/x" } }],
    ["unix:///x", "darwin", { endpoint: { kind: "unix", path: "/x" } }],
    ["[::1]:1", "linux", { host: "::1", port: 1 }],
    ["http://[fe80::1%25eth0]:1", "linux", { host: "fe80::1%eth0", port: 1 }],
  ] as const) {
    it(`${address} is read on ${platform}`, () => assert.deepEqual(parseListenAddress(address, platform), expected));
  }

  for (const [address, platform, message] of [
    ["npipe:////./pipe/images", "linux", /^address is a named pipe, which only Windows has: "npipe:/],
    ["unix-abstract:images", "darwin", /^address is an abstract socket, which only Linux has: /],
    ["/x\n", "linux", /^address must not end with white space or a control character: "\/x\\n"$/],
    ["//./pipe/images", "linux", /^address is a named pipe, which only Windows has: /],
    ["/run/images.sock", "win32", /^address must be "npipe:\/\/\/\/\.\/pipe\/name" or "host:port" on Windows: /],
    [`/${"x".repeat(103)}`, "darwin", /is a socket path of 104 bytes; the operating system takes 103/],
  ] as const) {
    it(`${JSON.stringify(address)} is refused on ${platform}`, () => {
      assert.throws(() => parseListenAddress(address, platform), { name: "RangeError", message });
    });
  }
});
