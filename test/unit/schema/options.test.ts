import assert from "node:assert/strict";
import { it } from "node:test";
import { runInNewContext } from "node:vm";
import { clientOptionsSchema } from "../../../src/schema/client-options.js";
import {
  callOptionsSchema,
  closeOptionsSchema,
  deleteOptionsSchema,
  watchOptionsSchema,
  writeOptionsSchema,
} from "../../../src/schema/options.js";
import { validate } from "../../../src/schema/validate.js";
import { selfSigned } from "../../support/self-signed.js";
import { checks, issuesOf, type Table } from "./issues.js";

const subject = { method: "get", namespace: "default" };
const digest = `sha256:${"0".repeat(64)}`;

const MS = "must be a whole number of milliseconds";
const PLAIN = "must be a plain object";

function times(field: string, minimum: number): Table {
  const wrong = (shown: string) => `${field}: ${MS} from ${minimum} to 99999999, got ${shown}`;
  return [
    ["undefined", undefined],
    ["1", 1],
    ["99,999,999", 99_999_999],
    ["100,000,000", 100_000_000, wrong("100000000")],
    ["2^31-1", 2 ** 31 - 1, wrong("2147483647")],
    ["2^31", 2 ** 31, wrong("2147483648")],
    ["2^53", 2 ** 53, wrong("9007199254740992")],
    ["0", 0, ...(minimum === 0 ? [] : [wrong("0")])],
    ["-1", -1, wrong("-1")],
    ["a half", 0.5, wrong("0.5")],
    ["5000.5", 5_000.5, wrong("5000.5")],
    ["NaN", Number.NaN, wrong("NaN")],
    ["Infinity", Number.POSITIVE_INFINITY, wrong("Infinity")],
    ["-Infinity", Number.NEGATIVE_INFINITY, wrong("-Infinity")],
    ["null", null, wrong("null")],
    ["text", "5s", wrong('"5s"')],
    ["a bigint", 1_000n, wrong("1000n")],
  ];
}

checks(
  "timeoutMs of a call",
  (timeoutMs) => validate(callOptionsSchema, { timeoutMs }, subject, "options"),
  times("timeoutMs", 1),
);
checks(
  "timeoutMs of a client",
  (timeoutMs) => validate(clientOptionsSchema, { namespace: "a", timeoutMs }, subject, "options"),
  times("timeoutMs", 1),
);
checks(
  "waitForDaemonMs",
  (waitForDaemonMs) => validate(clientOptionsSchema, { namespace: "a", waitForDaemonMs }, subject, "options"),
  times("waitForDaemonMs", 0),
);
for (const interval of ["resyncIntervalMs", "pollIntervalMs"]) {
  checks(
    `${interval} of a watch`,
    (ms) => validate(watchOptionsSchema, { [interval]: ms }, subject, "options"),
    times(interval, 1),
  );
}
checks("graceMs", (graceMs) => validate(closeOptionsSchema, { graceMs }, subject, "options"), times("graceMs", 0));

for (const delay of ["baseDelayMs", "maxDelayMs"]) {
  checks(
    `${delay} of a retry`,
    (ms) => validate(callOptionsSchema, { retry: { [delay]: ms } }, subject, "options"),
    times(`retry.${delay}`, 0),
  );
}

const ATTEMPTS = "must be a whole number from 1 to 100";
const RETRY = "retry: must be false, or an object such as { maxAttempts: 3 }, got";

checks("retry", (retry) => validate(callOptionsSchema, { retry }, subject, "options"), [
  ["undefined", undefined],
  ["false", false],
  ["no change", {}],
  ["everything", { maxAttempts: 3, baseDelayMs: 0, maxDelayMs: 10, onRetry: () => {} }],
  ["100 attempts", { maxAttempts: 100 }],
  ["true", true, `${RETRY} true`],
  ["null", null, `${RETRY} null`],
  ["a number", 3, `${RETRY} 3`],
]);

it("retry: what is wrong with its fields is said", () => {
  for (const maxAttempts of [0, 101, 1.5]) {
    assert.deepEqual(
      issuesOf(() => validate(callOptionsSchema, { retry: { maxAttempts } }, subject, "options")),
      [`retry.maxAttempts: ${ATTEMPTS}, got ${maxAttempts}`],
    );
  }
  assert.deepEqual(
    issuesOf(() => validate(callOptionsSchema, { retry: { baseDelayMs: -1, onRetry: "log" } }, subject, "options")),
    [`retry.baseDelayMs: ${MS} from 0 to 99999999, got -1`, 'retry.onRetry: must be a function, got "log"'],
  );
  assert.deepEqual(
    issuesOf(() => validate(callOptionsSchema, { retry: { attempts: 3 } }, subject, "options")),
    ["retry.attempts: is not a known field; did you mean maxAttempts?"],
  );
});

const RESERVED = "is reserved: gRPC, or an option of the client, sets it";
const ASCII = "must be printable ASCII, without spaces at either end";
const BASE64 = "must be one value in base64, as its name ends in -bin";
const NAME = "the name must be letters, digits and . _ -";

checks("headers", (headers) => validate(callOptionsSchema, { headers }, subject, "options"), [
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
  ["a number", { x: 1 }, "headers.x: must be a string, got a number"],
  ["undefined", { x: undefined }, "headers.x: must be a string, got undefined"],
  ["a list of values", { x: ["a", "b"] }, "headers.x: must be a string, got an array"],
  ["credentials", { authorization: "Bearer x", "proxy-authorization": "Basic x", cookie: "a=b" }],
  ...["", "AA==", "AA", "AAA=", "AAA", "AAAA", "+/+/", "AB"].map(
    (value) => [`bytes: ${JSON.stringify(value)}`, { "x-bin": value }] as const,
  ),
  ...["A", "A===", "AA=", "A-_A", "AA,AA", "AA==, AA==", "====", "AAAAA", "AAAA=", "not base64"].map(
    (value) => [`bytes: ${value}`, { "x-bin": value }, `headers["x-bin"]: ${BASE64}`] as const,
  ),
  ["twice, in another case", { "x-a": "1", "X-A": "2" }, 'headers["X-A"]: is given twice'],
  ["a Headers", new Headers({ x: "a" }), `headers: ${PLAIN}, got a Headers`],
  ["a Map", new Map([["x", "a"]]), `headers: ${PLAIN}, got a Map`],
]);

it("names of headers are turned to lower case", () => {
  const { headers } = validate(callOptionsSchema, { headers: { "X-Request-Id": "42" } }, subject, "options");
  assert.deepEqual(headers, { "x-request-id": "42" });
});

checks("signal", (signal) => validate(callOptionsSchema, { signal }, subject, "options"), [
  ["undefined", undefined],
  ["of a controller", new AbortController().signal],
  ["of a timeout", AbortSignal.timeout(1)],
  ["that was aborted", AbortSignal.abort()],
  ["of another kind that works alike", { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }],
  ["a controller", new AbortController(), "signal: must be an AbortSignal, got an AbortController"],
  ["an object that says aborted only", { aborted: true }, "signal: must be an AbortSignal, got an object"],
  ["null", null, "signal: must be an AbortSignal, got null"],
]);

checks("options of a watch", (input) => validate(watchOptionsSchema, input, subject, "options"), [
  ["as a call has them", { headers: { x: "a" }, signal: new AbortController().signal }],
  ["with a reserved header", { headers: { te: "a" } }, `headers.te: ${RESERVED}`],
  ["with what is no signal", { signal: {} }, "signal: must be an AbortSignal, got an object"],
]);

const OPTIONS = `options: ${PLAIN}, such as { timeoutMs: 5000 }, got`;

checks("options of a call", (input) => validate(callOptionsSchema, input, subject, "options"), [
  ["none", {}],
  ["without a prototype", Object.create(null)],
  ["with an unknown one", { timeout: 5 }, "timeout: is not a known field; did you mean timeoutMs?"],
  ["a number", 5_000, `${OPTIONS} 5000`],
  ["a signal in place of them", new AbortController().signal, `${OPTIONS} an AbortSignal`],
  ["null", null, `${OPTIONS} null`],
  ["sourceDateEpoch, which a read has not", { sourceDateEpoch: new Date(0) }, "sourceDateEpoch: is not a known field"],
]);

checks("sourceDateEpoch", (sourceDateEpoch) => validate(writeOptionsSchema, { sourceDateEpoch }, subject, "options"), [
  ["undefined", undefined],
  ["before 1970", new Date(-1)],
  ["the last that a Date holds", new Date(8.64e15)],
  ["of another realm", runInNewContext("new Date(0)")],
  ["that is no time", new Date(Number.NaN), "sourceDateEpoch: must be a valid Date, got an invalid Date"],
  ["seconds", 1_700_000_000, "sourceDateEpoch: must be a valid Date, got 1700000000"],
  ["text", "2024-01-01T00:00:00Z", 'sourceDateEpoch: must be a valid Date, got "2024-01-01T00:00:00Z"'],
  ["null", null, "sourceDateEpoch: must be a valid Date, got null"],
]);

it("sourceDateEpoch is copied", () => {
  const given = new Date(5);
  const { sourceDateEpoch } = validate(writeOptionsSchema, { sourceDateEpoch: given }, subject, "options");
  given.setTime(6);
  assert.equal(sourceDateEpoch?.getTime(), 5);
});

const DIGEST = "ifTarget.digest: must be sha256:, sha384: or sha512: and 64, 96 or 128 lower-case hex digits";

checks(
  "options of a delete",
  (input) => validate(deleteOptionsSchema, input, { ...subject, method: "delete" }, "options"),
  [
    [
      "all of them",
      { sync: true, ignoreMissing: false, ifTarget: { digest, fallback: "check-then-delete" }, timeoutMs: 1 },
    ],
    ["a digest", { ifTarget: { digest } }],
    ["an empty digest, which servers read as no condition", { ifTarget: { digest: "" } }, `${DIGEST}, got ""`],
    ["no digest", { ifTarget: {} }, "ifTarget.digest: is required"],
    ["a digest in place of ifTarget", { ifTarget: digest }, `ifTarget: ${PLAIN}, such as { digest }, got a string`],
    ["a whole target", { ifTarget: { mediaType: "a", digest, size: 1, annotations: {} } }],
    [
      "what is no target",
      { ifTarget: { digest, fallBack: "check-then-delete" } },
      "ifTarget.fallBack: is not a known field; did you mean fallback?",
    ],
    [
      "another fallback",
      { ifTarget: { digest, fallback: true } },
      'ifTarget.fallback: must be "check-then-delete", got true',
    ],
    ["sync as text", { sync: "yes" }, 'sync: must be true or false, got "yes"'],
    ["ignoreMissing as a number", { ignoreMissing: 1 }, "ignoreMissing: must be true or false, got 1"],
  ],
);

const { cert, key } = selfSigned();
const transport = { unary: () => {}, stream: () => {} };

checks(
  "options of a client",
  (input) => validate(clientOptionsSchema, input, { method: "ImagesClient", namespace: "" }, "options"),
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
        tls: { ca: cert, cert: Buffer.from(cert), key, servername: "b" },
      },
    ],
    [
      "several authorities",
      { namespace: "a", address: "https://a", tls: { ca: [cert, new Uint8Array(Buffer.from(cert))] } },
    ],
    ["a transport", { namespace: "a", transport }],
    ["a function that dials", { namespace: "a", dial: assert.fail }],
    ["what is no function", { namespace: "a", dial: {} }, "dial: must be a function, got an object"],
    [
      "an address beside dial",
      { namespace: "a", dial: assert.fail, address: "/a" },
      "address: must not be given with dial",
    ],
    [
      "tls beside dial",
      { namespace: "a", dial: assert.fail, tls: {} },
      "tls: must not be given with dial, which returns a TLSSocket if the peer speaks TLS",
    ],
    [
      "dial beside a transport",
      { namespace: "a", dial: assert.fail, transport },
      "dial: must not be given with a transport",
    ],
    ["no namespace", {}, "namespace: is required"],
    ["no options", undefined, "options: is required"],
    [
      "an address beside a transport",
      { namespace: "a", transport, address: "/a" },
      "address: must not be given with a transport",
    ],
    ["tls beside a transport", { namespace: "a", transport, tls: {} }, "tls: must not be given with a transport"],
    [
      "what is no transport",
      { namespace: "a", transport: {} },
      "transport: must be a Connect transport, got an object",
    ],
    [
      "a relative address",
      { namespace: "a", address: "run/x" },
      'address: must be an absolute socket path, for example "/run/containerd/containerd.sock", got "run/x"',
    ],
    [
      "tls for a socket",
      { namespace: "a", address: "/a", tls: {} },
      'address: takes an https:// address when tls is given, got "/a"',
    ],
    ["an address that is no text", { namespace: "a", address: 5 }, "address: must be a string, got 5"],
    [
      "certificates that are none",
      { namespace: "a", address: "https://a", tls: { ca: [1], cert: {} } },
      "tls.ca: must be PEM text or bytes, or a list of them, got an array",
      "tls.cert: must be PEM text or bytes, got an object",
    ],
    [
      "an unknown part of tls",
      { namespace: "a", address: "https://a", tls: { rejectUnauthorized: false } },
      "tls.rejectUnauthorized: is not a known field",
    ],
    [
      "no concurrency",
      { namespace: "a", maxConcurrency: 0 },
      "maxConcurrency: must be a whole number from 1 to 1000000, got 0",
    ],
    ["an unknown option", { namespace: "a", adress: "/a" }, "adress: is not a known field; did you mean address?"],
  ],
);
