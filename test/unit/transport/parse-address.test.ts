import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_ADDRESS } from "../../../src/defaults.js";
import { type Endpoint, formatEndpoint } from "../../../src/transport/endpoint.js";
import { parseAddress } from "../../../src/transport/parse-address.js";

const path = (bytes: number) => `/${"x".repeat(bytes - 1)}`;
const accepted: Readonly<Record<string, Endpoint>> = {
  [DEFAULT_ADDRESS]: { kind: "unix", path: DEFAULT_ADDRESS },
  "/x": { kind: "unix", path: "/x" },
  "/with:colon": { kind: "unix", path: "/with:colon" },
  "/with space ü🐳": { kind: "unix", path: "/with space ü🐳" },
  "//x": { kind: "unix", path: "//x" },
  "unix:/x": { kind: "unix", path: "/x" },
  "unix:///x": { kind: "unix", path: "/x" },
  "UNIX:///x": { kind: "unix", path: "/x" },
  "unix:////x": { kind: "unix", path: "//x" },
  "unix:///a%20b": { kind: "unix", path: "/a%20b" },
  [path(107)]: { kind: "unix", path: path(107) },
  [`unix://${path(107)}`]: { kind: "unix", path: path(107) },
  [`/${"ü".repeat(53)}`]: { kind: "unix", path: `/${"ü".repeat(53)}` },
  "http://localhost": { kind: "tcp", host: "localhost", port: 80 },
  "http://localhost/": { kind: "tcp", host: "localhost", port: 80 },
  "http://localhost:1234": { kind: "tcp", host: "localhost", port: 1234 },
  "HTTP://Localhost:80": { kind: "tcp", host: "localhost", port: 80 },
  "http://127.0.0.1:65535": { kind: "tcp", host: "127.0.0.1", port: 65535 },
  "http://[::1]:1234": { kind: "tcp", host: "::1", port: 1234 },
  "https://example.com": { kind: "tls", host: "example.com", port: 443, tls: {} },
  "https://example.com:8443": { kind: "tls", host: "example.com", port: 8443, tls: {} },
  "https://[2001:db8::1]": { kind: "tls", host: "2001:db8::1", port: 443, tls: {} },
};

const ABSOLUTE = 'must be an absolute socket path, for example "/run/containerd/containerd.sock"';
const TOO_LONG = (bytes: number) => `is a socket path of ${bytes} bytes; the operating system takes 107`;
const PARTS = "must be scheme, host and port only";
const UNKNOWN = (scheme: string) =>
  `has the unknown scheme "${scheme}"; a socket path, unix:///path, http:// and https:// are known`;
const refused: Readonly<Record<string, string>> = {
  "": ABSOLUTE,
  " /x": ABSOLUTE,
  x: ABSOLUTE,
  "./x": ABSOLUTE,
  "~/x": ABSOLUTE,
  "localhost:1234": 'has no scheme: write "http://localhost:1234", or https:// for TLS',
  "10.0.0.1:2376": 'has no scheme: write "http://10.0.0.1:2376", or https:// for TLS',
  "[::1]:5000": 'has no scheme: write "http://[::1]:5000", or https:// for TLS',
  "unix:": ABSOLUTE,
  "unix:x": ABSOLUTE,
  "unix://": ABSOLUTE,
  "unix://run/containerd.sock": ABSOLUTE,
  "unix://localhost/run/containerd.sock": ABSOLUTE,
  "/a\0b": "must not contain a NUL character",
  [path(108)]: TOO_LONG(108),
  [`unix://${path(108)}`]: TOO_LONG(108),
  [`/${"ü".repeat(54)}`]: TOO_LONG(109),
  "/\ud83d": "must not contain a lone surrogate",
  "http://": "is not a valid URL",
  "http://a:99999": "is not a valid URL",
  "http://a:0": "must have a port from 1 to 65535",
  "http://a b": "is not a valid URL",
  "http://user@a": PARTS,
  "http://user:secret@a": PARTS,
  "http://a/path": PARTS,
  "https://a/?q": PARTS,
  "https://a/#f": PARTS,
  "npipe:////./pipe/containerd-containerd": UNKNOWN("npipe"),
  "\\\\.\\pipe\\containerd-containerd": ABSOLUTE,
  "tcp://localhost:1234": UNKNOWN("tcp"),
  "dns:///localhost": UNKNOWN("dns"),
  "vsock:2:1024": UNKNOWN("vsock"),
};

describe("addresses", () => {
  for (const [address, endpoint] of Object.entries(accepted)) {
    it(`${JSON.stringify(address)} is read`, () => assert.deepEqual(parseAddress(address, undefined), endpoint));
  }

  for (const [address, message] of Object.entries(refused)) {
    it(`${JSON.stringify(address)} is refused`, () => {
      assert.throws(() => parseAddress(address, undefined), { name: "Error", message });
    });
  }

  it("are printed so that they read the same", () => {
    for (const endpoint of Object.values(accepted)) {
      assert.deepEqual(parseAddress(formatEndpoint(endpoint), undefined), endpoint);
    }
  });

  it("tls belongs to https", () => {
    const tls = { ca: "PEM" };
    assert.deepEqual(parseAddress("https://a", tls), { kind: "tls", host: "a", port: 443, tls });
    assert.throws(() => parseAddress("http://a", tls), { message: "must be https:// when tls is given" });
    for (const socket of ["/x", "unix:///x"]) {
      assert.throws(() => parseAddress(socket, tls), { message: "takes an https:// address when tls is given" });
    }
  });
});
