import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEFAULT_ADDRESS, DEFAULT_WINDOWS_ADDRESS } from "../../../src/defaults.js";
import {
  type Endpoint,
  formatEndpoint,
  originOf,
  pathOf,
  reachesOneDaemon,
  socketFileOf,
} from "../../../src/transport/endpoint.js";
import { defaultAddress, parseAddress } from "../../../src/transport/parse-address.js";
import { anyCharacter } from "../../support/any-character.js";

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
  "unix-abstract:5000": { kind: "abstract", name: "5000" },
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
  "http://[fe80::1%2525]:99": { kind: "tcp", host: "fe80::1%25", port: 99 },
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
    "unix:5000": { kind: "unix", path: `${process.cwd()}/5000` },
    "unix:../x": { kind: "unix", path: `${process.cwd()}/../x` },
    "unix:./@x": { kind: "unix", path: `${process.cwd()}/./@x` },
  };
}

const ABSOLUTE = 'must be an absolute socket path, for example "/run/containerd/containerd.sock"';
const TOO_LONG = (bytes: number, what = "a socket path") =>
  `is ${what} of ${bytes} bytes; the operating system takes 107`;
const PARTS = "must be scheme, host and port only";
const PORTS = "must have a port from 1 to 65535";
const END = "must not end with white space or a control character";
const NOT_EXPANDED = `${ABSOLUTE}; ~ and variables are not expanded`;
const HOST = `${ABSOLUTE}; for a host, write "http://host:port"`;
const BRACKETS = "must have an IPv6 address in brackets, as http://[::1]:80";
const NO_GRPC = (scheme: string) => `has the unknown scheme "${scheme}": write "http://host:port", or https:// for TLS`;
const DIAL = (scheme: string) => `has the unknown scheme "${scheme}": use the option dial instead of an address`;
const UNKNOWN = (scheme: string) =>
  `has the unknown scheme "${scheme}"; a socket path, unix:///path, unix-abstract:name, npipe:////./pipe/name, http:// and https:// are known`;
const WINDOWS = "is a named pipe, which only Windows has";
const NAME = 'must name an abstract socket, for example "unix-abstract:containerd"';
const AT_ITS_ENDS = "; remove the white space at its ends";
const refused: Readonly<Record<string, string>> = {
  "": ABSOLUTE,
  " /x": `${ABSOLUTE}${AT_ITS_ENDS}`,
  " unix:///x": `${ABSOLUTE}${AT_ITS_ENDS}`,
  "\thttp://a:1": `${ABSOLUTE}${AT_ITS_ENDS}`,
  " host:1": `${ABSOLUTE}${AT_ITS_ENDS}`,
  x: HOST,
  "node-9": HOST,
  "node-9.example.com": HOST,
  "containerd.sock": ABSOLUTE,
  "./x": ABSOLUTE,
  "~/x": NOT_EXPANDED,
  "unix://~/x": NOT_EXPANDED,
  "$HOME/x": NOT_EXPANDED,
  "unix://${HOME}/x": NOT_EXPANDED,
  "/x\n": END,
  "/x ": END,
  "/x\u007f": END,
  "unix:///x\r\n": END,
  "unix:x\n": END,
  "@x\n": END,
  "localhost:1234\n": 'has the unknown scheme "localhost"; remove the white space at its ends',
  "::1": 'has no scheme: write "http://[::1]:port", or https:// for TLS',
  "fe80::1%eth0": 'has no scheme: write "http://[fe80::1%eth0]:port", or https:// for TLS',
  "localhost:123456": PORTS,
  "http://::1:80": BRACKETS,
  "http://fe80::1": BRACKETS,
  "https://fe80::1%eth0": BRACKETS,
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
  "http://a:99999": PORTS,
  "http://[::1]:99999/": PORTS,
  "http://a:0": PORTS,
  "http://a b": "is not a valid URL",
  "http:a": "is not a valid URL",
  "http:5000": "is not a valid URL",
  "http:/a": "is not a valid URL",
  "http:\\\\a": "is not a valid URL",
  "http://a\n": `is not a valid URL${AT_ITS_ENDS}`,
  "http://a\tb": "is not a valid URL",
  "http://a\0": `is not a valid URL${AT_ITS_ENDS}`,
  "http://a\u00adb": "is not a valid URL",
  "http://\ud83d": "is not a valid URL",
  "http://[::1%25]": "is not a valid URL",
  "http://user@a": PARTS,
  "http://user:secret@a": PARTS,
  "http://a/path": PARTS,
  "https://a/?q": PARTS,
  "https://a/#f": PARTS,
  "npipe:////./pipe/containerd-containerd": WINDOWS,
  "\\\\.\\pipe\\containerd-containerd": WINDOWS,
  "//./pipe/containerd-containerd": WINDOWS,
  "[fe80::1%eth0]:5000": 'has no scheme: write "http://[fe80::1%eth0]:5000", or https:// for TLS',
  "http://[fe80::1%25]:99": "is not a valid URL",
  "http://[fe80::1%25a b]:99": "is not a valid URL",
  "http://[1.2.3.4%25eth0]:99": "is not a valid URL",
  "http://host%25eth0:99": "is not a valid URL",
  "unix-abstract:": NAME,
  "@": NAME,
  "unix-abstract:a\0b": "must not contain a NUL character",
  "unix:a\0b": ABSOLUTE,
  [`unix-abstract:${"x".repeat(108)}`]: TOO_LONG(108, "the name of an abstract socket"),
  "tcp://localhost:1234": NO_GRPC("tcp"),
  "grpc://localhost:1234": NO_GRPC("grpc"),
  "dns:///localhost": NO_GRPC("dns"),
  "vsock:2:1024": DIAL("vsock"),
  "vsock://2:1024": DIAL("vsock"),
  "ssh://root@node-9/run/containerd/containerd.sock": DIAL("ssh"),
  "file:///x": UNKNOWN("file"),
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
      assert.throws(() => parseAddress(" https://a", tls), {
        message: `takes an https:// address when tls is given${AT_ITS_ENDS}`,
      });
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
    ["C:\\run\\containerd.sock", NO_SOCKETS],
    ["c:/run/containerd.sock", NO_SOCKETS],
    ["//server/pipe/x", NO_SOCKETS],
    ["//./COM1", NO_SOCKETS],
    ["", NO_SOCKETS],
    ["unix-abstract:x", "is an abstract socket, which only Linux has"],
    ["npipe:////./pipe/", 'must be a pipe of this host, for example "npipe:////./pipe/name"'],
    ["npipe:./pipe/x", 'must be a pipe of this host, for example "npipe:////./pipe/name"'],
    ["\\\\?\\pipe\\x", 'must be a pipe of this host, for example "npipe:////./pipe/name"'],
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

describe("any text", () => {
  const PARTS_OF_ADDRESSES =
    "unix: unix-abstract: npipe: http:// HTTPS:// / // \\ \\\\ . @ pipe x C: % %25 25 [ ] ::1 fe80::1 eth0 : 80 ? # \0 \n é \ud83d";
  const part = fc.oneof(
    fc.constantFrom(...PARTS_OF_ADDRESSES.split(" ")),
    fc.string({ unit: anyCharacter, maxLength: 3 }),
  );
  const text = fc.array(part, { maxLength: 7 }).map((parts) => parts.join(""));
  const platform = fc.constantFrom("linux", "darwin", "win32");

  it("is read, and printed so that it reads the same; or refused with a sentence", () => {
    const property = fc.property(text, platform, (address, system) => {
      const endpoint = parsed(address, system);
      if (endpoint === undefined) return;
      assert.deepEqual(parsed(formatEndpoint(endpoint), system), endpoint);
      assert.doesNotMatch(pathOf(endpoint)?.slice(1) ?? "", /\0/);
    });
    fc.assert(property, { numRuns: 3_000 });
  });

  it("that is read as a URL has the host and the port that URL reads", () => {
    const url = fc.webAuthority({ withPort: true, withIPv4: true, withIPv6: true });
    const property = fc.property(url, fc.constantFrom("http", "https"), (authority, scheme) => {
      const endpoint = parsed(`${scheme}://${authority}`, "linux");
      if (endpoint !== undefined)
        assert.equal(new URL(formatEndpoint(endpoint)).host, new URL(`${scheme}://${authority}`).host);
      else assert.ok(!URL.canParse(`${scheme}://${authority}`) || /:0+$/.test(authority), authority);
    });
    fc.assert(property);
  });

  function parsed(address: string, system: NodeJS.Platform): Endpoint | undefined {
    try {
      return parseAddress(address, undefined, system);
    } catch (error) {
      assert.equal(Object.getPrototypeOf(error), Error.prototype);
      assert.match(String(error), /^Error: (?:must|is|has) /);
      return undefined;
    }
  }
});

describe("one daemon serves a whole connection", () => {
  const rows: readonly (readonly [Endpoint, boolean])[] = [
    [{ kind: "unix", path: "/x" }, true],
    [{ kind: "pipe", path: PIPE.path }, true],
    [{ kind: "abstract", name: "x" }, false],
    [{ kind: "tcp", host: "a", port: 1 }, false],
    [{ kind: "tls", host: "a", port: 1, tls: {} }, false],
    [{ kind: "dialed", dial: () => assert.fail() }, false],
  ];
  for (const [endpoint, expected] of rows) {
    it(`${expected ? "on" : "not on"} ${formatEndpoint(endpoint)}`, () =>
      assert.equal(reachesOneDaemon(endpoint), expected));
  }
});
