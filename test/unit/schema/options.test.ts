import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { clientOptionsSchema } from "../../../src/schema/client-options.js";
import {
  callOptionsSchema,
  closeOptionsSchema,
  deleteOptionsSchema,
  writeOptionsSchema,
} from "../../../src/schema/options.js";
import { validate } from "../../../src/schema/validate.js";
import { issuesOf } from "./issues.js";

const subject = { method: "get", namespace: "default" };
const digest = `sha256:${"0".repeat(64)}`;

type Table = readonly (readonly [what: string, input: unknown, ...issues: string[]])[];

function checks(name: string, run: (input: unknown) => unknown, table: Table): void {
  describe(name, () => {
    for (const [what, input, ...issues] of table) {
      it(`${what}: ${issues.length === 0 ? "accepted" : "refused"}`, () => {
        assert.deepEqual(
          issuesOf(() => run(input)),
          issues,
        );
      });
    }
  });
}

const MS = "must be a whole number of milliseconds";
const NUMBER = "must be a number";
const PLAIN = "must be a plain object";

function times(field: string, minimum: number): Table {
  const range = `${field}: ${MS} from ${minimum} to 99999999`;
  return [
    ["undefined", undefined],
    ["1", 1],
    ["99,999,999", 99_999_999],
    ["100,000,000", 100_000_000, range],
    ["2^31-1", 2 ** 31 - 1, range],
    ["2^31", 2 ** 31, range],
    ["2^53", 2 ** 53, range],
    ["0", 0, ...(minimum === 0 ? [] : [range])],
    ["-1", -1, range],
    ["a half", 0.5, range],
    ["5000.5", 5_000.5, range],
    ["NaN", Number.NaN, `${field}: ${NUMBER}`],
    ["Infinity", Number.POSITIVE_INFINITY, `${field}: ${NUMBER}`],
    ["-Infinity", Number.NEGATIVE_INFINITY, `${field}: ${NUMBER}`],
    ["null", null, `${field}: ${NUMBER}`],
    ["text", "1000", `${field}: ${NUMBER}`],
    ["a bigint", 1_000n, `${field}: ${NUMBER}`],
  ];
}

checks(
  "timeoutMs of a call",
  (timeoutMs) => validate(callOptionsSchema, { timeoutMs }, subject),
  times("timeoutMs", 1),
);
checks(
  "timeoutMs of a client",
  (timeoutMs) => validate(clientOptionsSchema, { namespace: "a", timeoutMs }, subject),
  times("timeoutMs", 1),
);
checks(
  "waitForDaemonMs",
  (waitForDaemonMs) => validate(clientOptionsSchema, { namespace: "a", waitForDaemonMs }, subject),
  times("waitForDaemonMs", 0),
);
checks("graceMs", (graceMs) => validate(closeOptionsSchema, { graceMs }, subject), times("graceMs", 0));

const ATTEMPTS = "must be a whole number from 1 to 100";
const RETRY = "retry: must be false, or maxAttempts (1 to 100), baseDelayMs, maxDelayMs and onRetry";

checks("retry", (retry) => validate(callOptionsSchema, { retry }, subject), [
  ["undefined", undefined],
  ["false", false],
  ["no change", {}],
  ["everything", { maxAttempts: 3, baseDelayMs: 0, maxDelayMs: 10, onRetry: () => {} }],
  ["100 attempts", { maxAttempts: 100 }],
  ["true", true, RETRY],
  ["null", null, RETRY],
  ["a number", 3, RETRY],
]);

it("retry: what is wrong with its fields is said", () => {
  for (const retry of [{ maxAttempts: 0 }, { maxAttempts: 101 }, { maxAttempts: 1.5 }]) {
    assert.deepEqual(
      issuesOf(() => validate(callOptionsSchema, { retry }, subject)),
      [`retry.maxAttempts: ${ATTEMPTS}`],
    );
  }
  assert.deepEqual(
    issuesOf(() => validate(callOptionsSchema, { retry: { baseDelayMs: -1, onRetry: "log" } }, subject)),
    [`retry.baseDelayMs: ${MS} from 0 to 99999999`, "retry.onRetry: must be a function"],
  );
  assert.deepEqual(
    issuesOf(() => validate(callOptionsSchema, { retry: { attempts: 3 } }, subject)),
    ["retry.attempts: is not a known field"],
  );
});

const RESERVED = "is reserved: gRPC, or an option of the client, sets it";
const ASCII = "must be printable ASCII, without spaces at either end";
const BASE64 = "must be one value in base64, as its name ends in -bin";
const NAME = "the name must be letters, digits and . _ -";

checks("headers", (headers) => validate(callOptionsSchema, { headers }, subject), [
  ["none", {}],
  ["usual", { "x-request-id": "42", "x.y_z": "" }],
  ["in upper case", { "X-Request-Id": "42" }],
  ["called __proto__", JSON.parse('{"__proto__":"a"}')],
  ...[
    "grpc-timeout",
    "grpc-x",
    "GRPC-Timeout",
    "te",
    "content-type",
    "Content-Length",
    "user-agent",
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "expect",
    "trailer",
    "Trailers",
    "HTTP2-Settings",
    "content-encoding",
    "accept-encoding",
    "proxy-authenticate",
    "containerd-namespace",
    "Containerd-Lease",
  ].map(
    (name) =>
      [`${name}`, { [name]: "a" }, `headers${/^\w+$/.test(name) ? `.${name}` : `["${name}"]`}: ${RESERVED}`] as const,
  ),
  ...["", " x", "x y", "x:", ":path", "ä", "x\n"].map(
    (name) => [`a name ${JSON.stringify(name)}`, { [name]: "a" }, `headers[${JSON.stringify(name)}]: ${NAME}`] as const,
  ),
  ...[" a", "a ", "a\r\nb: c", "ä", "\0", "a\tb", "\x7f", "\ud83d"].map(
    (value) => [`a value ${JSON.stringify(value)}`, { x: value }, `headers.x: ${ASCII}`] as const,
  ),
  ["a number", { x: 1 }, "headers.x: must be a string"],
  ["undefined", { x: undefined }, "headers.x: must be a string"],
  ["a list of values", { x: ["a", "b"] }, "headers.x: must be a string"],
  ["credentials", { authorization: "Bearer x", "proxy-authorization": "Basic x", cookie: "a=b" }],
  ...["", "AA==", "AA", "AAA=", "AAA", "AAAA", "+/+/", "AB"].map(
    (value) => [`bytes: ${JSON.stringify(value)}`, { "x-bin": value }] as const,
  ),
  ...["A", "A===", "AA=", "A-_A", "AA,AA", "AA==, AA==", "====", "AAAAA", "AAAA=", "not base64"].map(
    (value) => [`bytes: ${value}`, { "x-bin": value }, `headers["x-bin"]: ${BASE64}`] as const,
  ),
  ["twice, in another case", { "x-a": "1", "X-A": "2" }, 'headers["X-A"]: is given twice'],
  ["a Headers", new Headers({ x: "a" }), `headers: ${PLAIN}`],
  ["a Map", new Map([["x", "a"]]), `headers: ${PLAIN}`],
]);

it("names of headers are turned to lower case", () => {
  const { headers } = validate(callOptionsSchema, { headers: { "X-Request-Id": "42" } }, subject);
  assert.deepEqual(headers, { "x-request-id": "42" });
});

checks("signal", (signal) => validate(callOptionsSchema, { signal }, subject), [
  ["undefined", undefined],
  ["of a controller", new AbortController().signal],
  ["of a timeout", AbortSignal.timeout(1)],
  ["that was aborted", AbortSignal.abort()],
  ["of another kind that works alike", { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }],
  ["a controller", new AbortController(), "signal: must be an AbortSignal"],
  ["an object that says aborted only", { aborted: true }, "signal: must be an AbortSignal"],
  ["null", null, "signal: must be an AbortSignal"],
]);

checks("options of a call", (input) => validate(callOptionsSchema, input, subject), [
  ["none", {}],
  ["without a prototype", Object.create(null)],
  ["with an unknown one", { timeout: 5 }, "timeout: is not a known field"],
  ["a number", 5_000, `: ${PLAIN}`],
  ["a signal in place of them", new AbortController().signal, `: ${PLAIN}`],
  ["null", null, `: ${PLAIN}`],
  ["sourceDateEpoch, which a read has not", { sourceDateEpoch: new Date(0) }, "sourceDateEpoch: is not a known field"],
]);

checks("sourceDateEpoch", (sourceDateEpoch) => validate(writeOptionsSchema, { sourceDateEpoch }, subject), [
  ["undefined", undefined],
  ["before 1970", new Date(-1)],
  ["the last that a Date holds", new Date(8.64e15)],
  ["of another realm", runInNewContext("new Date(0)")],
  ["that is no time", new Date(Number.NaN), "sourceDateEpoch: must be a valid Date"],
  ["seconds", 1_700_000_000, "sourceDateEpoch: must be a valid Date"],
  ["text", "2024-01-01T00:00:00Z", "sourceDateEpoch: must be a valid Date"],
  ["null", null, "sourceDateEpoch: must be a valid Date"],
]);

it("sourceDateEpoch is copied", () => {
  const given = new Date(5);
  const { sourceDateEpoch } = validate(writeOptionsSchema, { sourceDateEpoch: given }, subject);
  given.setTime(6);
  assert.equal(sourceDateEpoch?.getTime(), 5);
});

const DIGEST = "ifTarget.digest: must be sha256:, sha384: or sha512: and 64, 96 or 128 lower-case hex digits";

checks("options of a delete", (input) => validate(deleteOptionsSchema, input, { ...subject, method: "delete" }), [
  [
    "all of them",
    { sync: true, ignoreMissing: false, ifTarget: { digest, fallback: "check-then-delete" }, timeoutMs: 1 },
  ],
  ["a digest", { ifTarget: { digest } }],
  ["an empty digest, which servers read as no condition", { ifTarget: { digest: "" } }, DIGEST],
  ["no digest", { ifTarget: {} }, "ifTarget.digest: is required"],
  ["a digest in place of ifTarget", { ifTarget: digest }, `ifTarget: ${PLAIN}`],
  ["a whole target", { ifTarget: { digest, size: 1 } }, "ifTarget.size: is not a known field"],
  ["another fallback", { ifTarget: { digest, fallback: true } }, 'ifTarget.fallback: must be "check-then-delete"'],
  ["sync as text", { sync: "yes" }, "sync: must be true or false"],
  ["ignoreMissing as a number", { ignoreMissing: 1 }, "ignoreMissing: must be true or false"],
]);

const transport = { unary: () => {}, stream: () => {} };

checks(
  "options of a client",
  (input) => validate(clientOptionsSchema, input, { method: "ImagesClient", namespace: "" }),
  [
    ["the least", { namespace: "default" }],
    [
      "all that go together",
      {
        namespace: "a",
        lease: "l",
        timeoutMs: 1,
        retry: false,
        maxConcurrency: 1,
        waitForDaemonMs: 0,
        address: "https://a",
        tls: { ca: "PEM", cert: Buffer.from("PEM"), key: "PEM", servername: "b" },
      },
    ],
    ["several authorities", { namespace: "a", address: "https://a", tls: { ca: ["PEM", new Uint8Array(1)] } }],
    ["a transport", { namespace: "a", transport }],
    ["no namespace", {}, "namespace: is required"],
    ["no options", undefined, ": is required"],
    [
      "an address beside a transport",
      { namespace: "a", transport, address: "/a" },
      "address: must not be given with a transport",
    ],
    ["tls beside a transport", { namespace: "a", transport, tls: {} }, "tls: must not be given with a transport"],
    ["what is no transport", { namespace: "a", transport: {} }, "transport: must be a Connect transport"],
    [
      "a relative address",
      { namespace: "a", address: "run/x" },
      'address: must be an absolute socket path, for example "/run/containerd/containerd.sock"',
    ],
    [
      "tls for a socket",
      { namespace: "a", address: "/a", tls: {} },
      "address: takes an https:// address when tls is given",
    ],
    ["an address that is no text", { namespace: "a", address: 5 }, "address: must be a string"],
    [
      "certificates that are none",
      { namespace: "a", address: "https://a", tls: { ca: [1], cert: {} } },
      "tls.ca: must be PEM text or bytes, or a list of them",
      "tls.cert: must be PEM text or bytes",
    ],
    [
      "an unknown part of tls",
      { namespace: "a", address: "https://a", tls: { rejectUnauthorized: false } },
      "tls.rejectUnauthorized: is not a known field",
    ],
    [
      "no concurrency",
      { namespace: "a", maxConcurrency: 0 },
      "maxConcurrency: must be a whole number from 1 to 1000000",
    ],
    ["an unknown option", { namespace: "a", adress: "/a" }, "adress: is not a known field"],
  ],
);
