import assert from "node:assert/strict";
import { it } from "node:test";
import { replaceAll } from "../../../src/patch.js";
import { shown } from "../../../src/schema/shown.js";
import { validate } from "../../../src/schema/validate.js";
import {
  digestSchema,
  leaseSchema,
  nameSchema,
  namespaceSchema,
  newImageSchema,
  patchSchema,
} from "../../../src/schema/values.js";
import { checks } from "./issues.js";

const subject = { method: "create", namespace: "default" };
const digest = `sha256:${"0".repeat(64)}`;
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 1 };
const LONE = "\ud83d";
const LONE_SURROGATE = "must not contain a lone surrogate: it would be sent as another character";
const EMPTY_VALUE = "must not be empty: containerd reads that as removal;";
const PLAIN = "must be a plain object";

const NAMESPACE = "must be letters and digits in groups joined by one of . _ -";

checks("namespace", (input) => validate(namespaceSchema, input, subject, ["namespace"]), [
  ["of ctr", "default"],
  ["of Kubernetes", "k8s.io"],
  ["of one character", "a"],
  ["that begins with a digit, in upper case", "0A"],
  ["of several groups", "a.b-c_d.1"],
  ["of 76 characters", "a".repeat(76)],
  ["of 77 characters", "a".repeat(77), "namespace: must be at most 76 characters"],
  ["that is empty", "", `namespace: ${NAMESPACE}, got ""`],
  ...[".a", "a.", "-a", "a-", "a..b", "a.-b", "a b", " a", "a ", "a/b", "ä", "a\n", "a\0", "a,b", "\n"].map(
    (input) => [JSON.stringify(input), input, `namespace: ${NAMESPACE}, got ${shown(input)}`] as const,
  ),
  ["that is missing", undefined, "namespace: is required"],
  ["null", null, "namespace: must be a string, got null"],
  ["a number", 5, "namespace: must be a string, got 5"],
  ["a String object", new String("default"), "namespace: must be a string, got a String"],
]);

it("the error about a namespace says which there are", () => {
  assert.throws(() => validate(namespaceSchema, "a b", subject, ["namespace"]), /k8s\.io.*Kubernetes/);
});

checks("name of a record that may exist", (input) => validate(nameSchema, input, subject, ["name"]), [
  ["usual", "docker.io/library/alpine:3.20"],
  ["that only containerd takes", " \n\0.."],
  ["called __proto__", "__proto__"],
  ["with an emoji", "🐳"],
  ["of a megabyte", "x".repeat(2 ** 20)],
  ["empty", "", "name: must not be empty"],
  ["with half an emoji", `a${LONE}b`, `name: ${LONE_SURROGATE}`],
  ["missing", undefined, "name: is required"],
  ["a number", 1, "name: must be a string, got 1"],
  ["a list", ["a"], "name: must be a string, got an array"],
]);

const newName = (name: unknown) => validate(newImageSchema, { name, target }, subject, "image");

checks("name of a record to be made", newName, [
  ["of 4096 bytes", "x".repeat(4_096)],
  ["of 4097 bytes", "x".repeat(4_097), "name: must be at most 4096 bytes of UTF-8"],
  ["of 1366 characters that take 4098 bytes", "名".repeat(1_366), "name: must be at most 4096 bytes of UTF-8"],
  ["empty", "", "name: must not be empty"],
  ["with half an emoji", LONE, `name: ${LONE_SURROGATE}`],
]);

const DIGEST = "must be sha256:, sha384: or sha512: and 64, 96 or 128 lower-case hex digits";
const wrongDigest = (what: string, digest: string) =>
  [what, digest, `digest: ${DIGEST}, got ${shown(digest)}`] as const;
const lengths = { sha256: 64, sha384: 96, sha512: 128 };

checks("digest", (input) => validate(digestSchema, input, subject, ["digest"]), [
  ...Object.entries(lengths).flatMap(([algorithm, length]) => [
    [`${algorithm}`, `${algorithm}:${"0123456789abcdef".repeat(8).slice(0, length)}`] as const,
    ...[length - 1, length + 1, 0].map((count) =>
      wrongDigest(`${algorithm} of ${count} digits`, `${algorithm}:${"a".repeat(count)}`),
    ),
    wrongDigest(`${algorithm} in upper case`, `${algorithm}:${"A".repeat(length)}`),
    wrongDigest(`${algorithm} with a g`, `${algorithm}:${"g".repeat(length)}`),
    wrongDigest(`${algorithm} with a line break`, `${algorithm}:${"a".repeat(length)}\n`),
  ]),
  ...[
    "",
    ":",
    "sha256",
    `SHA256:${"a".repeat(64)}`,
    `sha1:${"a".repeat(40)}`,
    `md5:${"a".repeat(32)}`,
    "a".repeat(64),
  ].map((input) => wrongDigest(JSON.stringify(input), input)),
  wrongDigest("of another algorithm that is as long", `blake3:${"a".repeat(64)}`),
  ["missing", undefined, "digest: is required"],
  ["bytes", Buffer.alloc(32), "digest: must be a string, got a Buffer"],
]);

const SIZE = "target.size: must be a whole number of bytes from 1 to 2^53-1";

checks("size", (size) => validate(newImageSchema, { name: "a", target: { ...target, size } }, subject, "image"), [
  ["1", 1],
  ["2^53-1", 2 ** 53 - 1],
  ["2^53", 2 ** 53, `${SIZE}, got 9007199254740992`],
  ["0", 0, `${SIZE}, got 0`],
  ["-0", -0, `${SIZE}, got 0`],
  ["-1", -1, `${SIZE}, got -1`],
  ["a fraction", 1.5, `${SIZE}, got 1.5`],
  ["NaN", Number.NaN, `${SIZE}, got NaN`],
  ["infinite", Number.POSITIVE_INFINITY, `${SIZE}, got Infinity`],
  ["a bigint", 1n, `${SIZE}, got 1n`],
  ["text", "1", `${SIZE}, got "1"`],
  ["missing", undefined, "target.size: is required"],
]);

checks(
  "media type",
  (mediaType) => validate(newImageSchema, { name: "a", target: { ...target, mediaType } }, subject, "image"),
  [
    ["usual", "application/vnd.oci.image.manifest.v1+json"],
    ["any text", "?"],
    ["empty", "", "target.mediaType: must not be empty"],
    ["with half an emoji", LONE, `target.mediaType: ${LONE_SURROGATE}`],
    ["missing", undefined, "target.mediaType: is required"],
  ],
);

const LEASE = "lease: must be one or more printable ASCII characters without spaces";

checks("lease", (input) => validate(leaseSchema, input, subject, ["lease"]), [
  ["usual", "pull-42"],
  ...["", "a b", "ä", "a\r\nb", "\0"].map(
    (input) => [JSON.stringify(input), input, `${LEASE}, got ${shown(input)}`] as const,
  ),
  ["missing", undefined, "lease: is required"],
]);

const TOO_LONG = "key and value must be at most 4096 bytes of UTF-8 together";

checks("labels", (labels) => validate(newImageSchema, { name: "a", target, labels }, subject, "image"), [
  ["none", undefined],
  ["no entries", {}],
  ["usual", { env: "prod", "containerd.io/gc.ref.content.0": digest }],
  ["called like members of Object.prototype", JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}')],
  ["of 4096 bytes", { k: "x".repeat(4_095) }],
  ["of 4097 bytes", { k: "x".repeat(4_096) }, `labels.k: ${TOO_LONG}`],
  ["of 2049 characters that take 4097 bytes", { k: "ü".repeat(2_048) }, `labels.k: ${TOO_LONG}`],
  ["whose key is too long", { ["k".repeat(4_096)]: "v" }, `labels.${"k".repeat(4_096)}: ${TOO_LONG}`],
  ["without a key", { "": "v" }, 'labels[""]: the key must not be empty'],
  ["without a value", { env: "" }, `labels.env: ${EMPTY_VALUE} leave it out`],
  ["undefined", { env: undefined }, "labels.env: must be a string, got undefined"],
  ["null", { env: null }, "labels.env: must be a string, got null"],
  ["a number", { env: 5 }, "labels.env: must be a string, got 5"],
  ["with half an emoji", { env: LONE }, `labels.env: ${LONE_SURROGATE}`],
  ["with half an emoji in a key", { [LONE]: "v" }, `labels["\\ud83d"]: the key ${LONE_SURROGATE}`],
  [
    "with keys that are no identifiers",
    { "a.b/c": 1, "0": 2 },
    "labels.0: must be a string, got 2",
    'labels["a.b/c"]: must be a string, got 1',
  ],
  ["a Map", new Map([["env", "prod"]]), `labels: ${PLAIN}, got a Map`],
  ["a list", ["env"], `labels: ${PLAIN}, got an array`],
  ["text", "env=prod", `labels: ${PLAIN}, got a string`],
  ["null in place of all", null, `labels: ${PLAIN}, got null`],
  ["replaceAll, which is for patches", replaceAll({ env: "prod" }), "labels.entries: must be a string, got an object"],
]);

checks(
  "annotations",
  (annotations) => validate(newImageSchema, { name: "a", target: { ...target, annotations } }, subject, "image"),
  [
    ["none", undefined],
    ["of any length", { k: "x".repeat(100_000) }],
    ["with a key of 32768 bytes", { ["k".repeat(32_768)]: "v" }],
    [
      "with a key of 32769 bytes",
      { ["k".repeat(32_769)]: "v" },
      `target.annotations.${"k".repeat(32_769)}: the key must be at most 32768 bytes of UTF-8`,
    ],
    ["without a key", { "": "v" }, 'target.annotations[""]: the key must not be empty'],
    ["without a value", { k: "" }, `target.annotations.k: ${EMPTY_VALUE} leave it out`],
    ["with half an emoji", { k: LONE }, `target.annotations.k: ${LONE_SURROGATE}`],
  ],
);

checks("a record", (input) => validate(newImageSchema, input, subject, "image"), [
  ["with the least", { name: "a", target }],
  [
    "as it was read",
    { name: "a", labels: {}, target: { ...target, annotations: {} }, createdAt: new Date(), updatedAt: new Date() },
  ],
  ["with timestamps of any kind", { name: "a", target, createdAt: "yesterday", updatedAt: undefined }],
  ["that has nothing", {}, "name: is required", "target: is required"],
  [
    "with a target that has nothing",
    { name: "a", target: {} },
    "target.mediaType: is required",
    "target.digest: is required",
    "target.size: is required",
  ],
  ["with a misspelt field", { name: "a", target, lables: {} }, "lables: is not a known field; did you mean labels?"],
  [
    "with a misspelt field of the target",
    { name: "a", target: { ...target, media_type: "" } },
    "target.media_type: is not a known field; did you mean mediaType?",
  ],
  [
    "with a field called __proto__",
    JSON.parse(`{"name":"a","target":${JSON.stringify(target)},"__proto__":{"x":1}}`),
    "__proto__: is not a known field",
  ],
  ["missing", undefined, "image: is required"],
  ["null", null, `image: ${PLAIN}, got null`],
  ["text", "app:1", `image: ${PLAIN}, got a string`],
  [
    "with several mistakes",
    { name: "", target: { ...target, size: 0 }, labels: { env: "" } },
    "name: must not be empty",
    `${SIZE}, got 0`,
    `labels.env: ${EMPTY_VALUE} leave it out`,
  ],
]);

const CHANGE = "patch: must change something: name labels, annotations or a target";

const WHOLE_RECORD =
  "is not part of a patch: name only what is to change, because a record that was read may be old; replace() writes a whole record";

checks("a patch", (input) => validate(patchSchema, input, { method: "update", namespace: "default" }, "patch"), [
  ["of one label", { labels: { env: "prod" } }],
  ["that removes", { labels: { env: null }, annotations: { k: null } }],
  ["that replaces all labels", { labels: replaceAll({ env: "prod" }) }],
  ["that removes all labels", { labels: replaceAll({}) }],
  ["of the target", { target }],
  ["with fields that are undefined", { labels: { env: "prod" }, annotations: undefined, target: undefined }],
  ["of nothing", {}, CHANGE],
  ["of no labels", { labels: {}, annotations: {} }, CHANGE],
  ["of undefined", { labels: undefined }, CHANGE],
  ["missing", undefined, "patch: is required"],
  ["with an unknown field", { labels: { a: "1" }, lables: {} }, "lables: is not a known field; did you mean labels?"],
  ["with a name, as a record has", { labels: { a: "1" }, name: "b" }, `name: ${WHOLE_RECORD}`],
  [
    "that is a record as it was read",
    { name: "a", target, labels: {}, createdAt: new Date(0), updatedAt: new Date(0) },
    ...["name", "createdAt", "updatedAt"].map((field) => `${field}: ${WHOLE_RECORD}`),
  ],
  [
    "that is a descriptor as it was read",
    { ...target, annotations: { k: "v" } },
    "digest: is not part of a patch: a descriptor belongs into target, as in { target }",
    "mediaType: is not a known field",
    "size: is not a known field",
  ],
  ["with a label without a value", { labels: { env: "" } }, `labels.env: ${EMPTY_VALUE} use null`],
  [
    "with a label that is undefined",
    { labels: { env: undefined } },
    "labels.env: must be a string, or null to remove it, got undefined",
  ],
  ["that removes a label without a key", { labels: { "": null } }, 'labels[""]: the key must not be empty'],
  [
    "that removes a label whose key is too long",
    { labels: { ["k".repeat(4_097)]: null } },
    `labels.${"k".repeat(4_097)}: ${TOO_LONG}`,
  ],
  ["that replaces by a Map", { labels: replaceAll(new Map() as never) }, `labels: ${PLAIN}, got a Map`],
  ["that replaces by null", { labels: replaceAll({ env: null } as never) }, "labels.env: must be a string, got null"],
  [
    "that replaces by an empty value",
    { annotations: replaceAll({ k: "" }) },
    `annotations.k: ${EMPTY_VALUE} leave it out`,
  ],
  ["with a Map", { labels: new Map([["env", "prod"]]) }, `labels: ${PLAIN}, got a Map`],
  ["with a target that has no size", { target: { mediaType: "a", digest } }, "target.size: is required"],
  ["null", null, `patch: ${PLAIN}, got null`],
]);
