import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientOptionsFromEnv } from "../../../src/core/environment.js";
import { DEFAULT_ADDRESS, parseAddress } from "../../../src/transport/parse-address.js";

const path = (bytes: number) => `/${"x".repeat(bytes - 1)}`;
const accepted: Readonly<Record<string, unknown>> = {
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
  "localhost:1234": UNKNOWN("localhost"),
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

  it("tls belongs to https", () => {
    const tls = { ca: "PEM" };
    assert.deepEqual(parseAddress("https://a", tls), { kind: "tls", host: "a", port: 443, tls });
    assert.throws(() => parseAddress("http://a", tls), { message: "must be https:// when tls is given" });
    for (const socket of ["/x", "unix:///x"]) {
      assert.throws(() => parseAddress(socket, tls), { message: "takes an https:// address when tls is given" });
    }
  });
});

describe("the environment", () => {
  const env = { CONTAINERD_ADDRESS: "/run/other.sock", CONTAINERD_NAMESPACE: "k8s.io", HOME: "/root" };

  it("says address and namespace", () => {
    assert.deepEqual(clientOptionsFromEnv({}, env), { address: "/run/other.sock", namespace: "k8s.io" });
  });

  it("that says nothing leaves the defaults of ctr", () => {
    for (const nothing of [{}, { CONTAINERD_ADDRESS: "", CONTAINERD_NAMESPACE: "" }]) {
      assert.deepEqual(clientOptionsFromEnv({}, nothing), { address: undefined, namespace: "default" });
    }
  });

  it("gives way to what is given, even where that is wrong", () => {
    assert.deepEqual(clientOptionsFromEnv({ namespace: "a", address: "/x", timeoutMs: 5 }, env), {
      namespace: "a",
      address: "/x",
      timeoutMs: 5,
    });
    assert.equal(clientOptionsFromEnv({ namespace: "" }, env).namespace, "");
  });

  it("says no address to a client with a transport of its own", () => {
    const transport = { unary: () => assert.fail(), stream: () => assert.fail() };
    assert.deepEqual(clientOptionsFromEnv({ transport }, env), { transport, namespace: "k8s.io" });
  });
});
