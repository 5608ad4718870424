import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_ADDRESS, DEFAULT_WINDOWS_ADDRESS } from "../../../src/defaults.js";
import { type Endpoint, formatEndpoint, originOf, pathOf, socketFileOf } from "../../../src/transport/endpoint.js";
import { defaultAddress, parseAddress } from "../../../src/transport/parse-address.js";

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
  ...relativePaths(),
  "unix-abstract:x": { kind: "abstract", name: "x" },
  "unix-abstract:/run/c.sock": { kind: "abstract", name: "/run/c.sock" },
  "unix-abstract:@x": { kind: "abstract", name: "@x" },
  "UNIX-Abstract:ü:5000": { kind: "abstract", name: "ü:5000" },
  "@x": { kind: "abstract", name: "x" },
  "unix:@x": { kind: "abstract", name: "x" },
  "unix://@x": { kind: "abstract", name: "x" },
  [`unix-abstract:${"x".repeat(107)}`]: { kind: "abstract", name: "x".repeat(107) },
  [path(107)]: { kind: "unix", path: path(107) },
  [`unix://${path(107)}`]: { kind: "unix", path: path(107) },
  [`/${"ü".repeat(53)}`]: { kind: "unix", path: `/${"ü".repeat(53)}` },
  "http://localhost": { kind: "tcp", host: "localhost", port: 80 },
  "http://localhost/": { kind: "tcp", host: "localhost", port: 80 },
  "http://localhost:1234": { kind: "tcp", host: "localhost", port: 1234 },
  "HTTP://Localhost:80": { kind: "tcp", host: "localhost", port: 80 },
  "http://127.0.0.1:65535": { kind: "tcp", host: "127.0.0.1", port: 65535 },
  "http://[::1]:1234": { kind: "tcp", host: "::1", port: 1234 },
  "http://[fe80::1%25eth0]:99": { kind: "tcp", host: "fe80::1%eth0", port: 99 },
  "http://[FE80:0::1%eth0.1]/": { kind: "tcp", host: "fe80::1%eth0.1", port: 80 },
  "https://[fe80::1%251]": { kind: "tls", host: "fe80::1%1", port: 443, tls: {} },
  "https://example.com": { kind: "tls", host: "example.com", port: 443, tls: {} },
  "https://example.com:8443": { kind: "tls", host: "example.com", port: 8443, tls: {} },
  "https://[2001:db8::1]": { kind: "tls", host: "2001:db8::1", port: 443, tls: {} },
};

/** The folder in which a program runs has another form on Windows. */
function relativePaths(): Readonly<Record<string, Endpoint>> {
  if (process.platform === "win32") return {};
  return {
    "unix:x": { kind: "unix", path: `${process.cwd()}/x` },
    "unix:../x": { kind: "unix", path: `${process.cwd()}/../x` },
    "unix:./@x": { kind: "unix", path: `${process.cwd()}/./@x` },
  };
}

const ABSOLUTE = 'must be an absolute socket path, for example "/run/containerd/containerd.sock"';
const TOO_LONG = (bytes: number) => `is a socket path of ${bytes} bytes; the operating system takes 107`;
const PARTS = "must be scheme, host and port only";
const UNKNOWN = (scheme: string) =>
  `has the unknown scheme "${scheme}"; a socket path, unix:///path, unix-abstract:name, npipe:////./pipe/name, http:// and https:// are known`;
const WINDOWS = "is a named pipe, which only Windows has";
const NAME = 'must name an abstract socket, for example "unix-abstract:containerd"';
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
  "npipe:////./pipe/containerd-containerd": WINDOWS,
  "\\\\.\\pipe\\containerd-containerd": WINDOWS,
  "[fe80::1%eth0]:5000": 'has no scheme: write "http://[fe80::1%eth0]:5000", or https:// for TLS',
  "http://[fe80::1%25]:99": "is not a valid URL",
  "http://[fe80::1%25a b]:99": "is not a valid URL",
  "http://[1.2.3.4%25eth0]:99": "is not a valid URL",
  "http://host%25eth0:99": "is not a valid URL",
  "unix-abstract:": NAME,
  "@": NAME,
  "unix-abstract:a\0b": "must not contain a NUL character",
  "unix:a\0b": ABSOLUTE,
  [`unix-abstract:${"x".repeat(108)}`]: TOO_LONG(108),
  "tcp://localhost:1234": UNKNOWN("tcp"),
  "dns:///localhost": UNKNOWN("dns"),
  "vsock:2:1024": UNKNOWN("vsock"),
};

describe("addresses", () => {
  for (const [address, endpoint] of Object.entries(accepted)) {
    it(`${JSON.stringify(address)} is read`, () =>
      assert.deepEqual(parseAddress(address, undefined, "linux"), endpoint));
  }

  for (const [address, message] of Object.entries(refused)) {
    it(`${JSON.stringify(address)} is refused`, () => {
      assert.throws(() => parseAddress(address, undefined, "linux"), { name: "Error", message });
    });
  }

  it("are printed so that they read the same", () => {
    for (const endpoint of Object.values(accepted)) {
      assert.deepEqual(parseAddress(formatEndpoint(endpoint), undefined, "linux"), endpoint);
    }
  });

  it("tls belongs to https", () => {
    const tls = { ca: "PEM" };
    assert.deepEqual(parseAddress("https://a", tls, "linux"), { kind: "tls", host: "a", port: 443, tls });
    assert.throws(() => parseAddress("http://a", tls), { message: "must be https:// when tls is given" });
    for (const socket of ["/x", "unix:///x"]) {
      assert.throws(() => parseAddress(socket, tls), { message: "takes an https:// address when tls is given" });
    }
  });
});

const PIPE = { kind: "pipe", path: "\\\\.\\pipe\\containerd-containerd" };
const NO_SOCKETS =
  'must be a named pipe on Windows, for example "npipe:////./pipe/containerd-containerd", or http:// or https://';

describe("addresses on Windows", () => {
  for (const address of [
    DEFAULT_WINDOWS_ADDRESS,
    "npipe:////./pipe/containerd-containerd",
    "npipe://./pipe/containerd-containerd",
    "NPIPE:\\\\.\\pipe\\containerd-containerd",
    "//./pipe/containerd-containerd",
  ]) {
    it(`${JSON.stringify(address)} is a pipe`, () => {
      const endpoint = parseAddress(address, undefined, "win32");
      assert.deepEqual(endpoint, PIPE);
      assert.equal(formatEndpoint(endpoint), "npipe:////./pipe/containerd-containerd");
      assert.deepEqual(parseAddress(formatEndpoint(endpoint), undefined, "win32"), PIPE);
      assert.equal(originOf(endpoint), "http://localhost");
      assert.equal(socketFileOf(endpoint), undefined, "nothing may stat it");
      assert.equal(pathOf(endpoint), PIPE.path);
    });
  }

  for (const [address, message] of [
    ["/run/containerd/containerd.sock", NO_SOCKETS],
    ["unix:///run/containerd/containerd.sock", NO_SOCKETS],
    ["containerd.sock", NO_SOCKETS],
    ["", NO_SOCKETS],
    ["unix-abstract:x", "is an abstract socket, which only Linux has"],
    ["npipe:////./pipe/", 'must be a pipe of this host, for example "npipe:////./pipe/name"'],
    ["npipe:////other/pipe/x", 'must be a pipe of this host, for example "npipe:////./pipe/name"'],
    ["\\\\other\\pipe\\x", 'must be a pipe of this host, for example "npipe:////./pipe/name"'],
    ["npipe:////./pipe/a\0b", "must not contain a NUL character"],
    ["localhost:5000", 'has no scheme: write "http://localhost:5000", or https:// for TLS'],
  ] as const) {
    it(`${JSON.stringify(address)} is refused`, () => {
      assert.throws(() => parseAddress(address, undefined, "win32"), { name: "Error", message });
    });
  }
});

describe("the system decides", () => {
  it("the default address", () => {
    assert.equal(defaultAddress("win32"), DEFAULT_WINDOWS_ADDRESS);
    for (const platform of ["linux", "darwin"] as const) assert.equal(defaultAddress(platform), DEFAULT_ADDRESS);
    assert.deepEqual(parseAddress(defaultAddress("win32"), undefined, "win32"), PIPE);
  });

  it("how long a path is, and whether there are abstract sockets", () => {
    assert.throws(() => parseAddress(path(104), undefined, "darwin"), { message: /of 104 bytes; .* takes 103$/ });
    assert.deepEqual(parseAddress(path(103), undefined, "darwin"), { kind: "unix", path: path(103) });
    assert.throws(() => parseAddress("@x", undefined, "darwin"), { message: /only Linux has/ });
  });
});

describe("the origin of requests", () => {
  it("has no zone, which means something on this host only", () => {
    assert.equal(originOf({ kind: "tcp", host: "fe80::1%eth0", port: 99 }), "http://[fe80::1]:99");
    assert.equal(originOf({ kind: "tls", host: "fe80::1%1", port: 443, tls: {} }), "https://[fe80::1]:443");
  });
});
