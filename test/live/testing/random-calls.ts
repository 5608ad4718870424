import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  Images,
  ListImagesRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { DescriptorSchema } from "../../../gen/containerd/types/descriptor_pb.js";
import type { Random } from "../../support/random.js";

/** A call to send to both sides. */
export interface RandomCall {
  readonly rpc: "Get" | "List" | "Create" | "Update" | "Delete";
  readonly path: string;
  readonly request: Uint8Array;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** What was encoded, for the message of a failure. */
  readonly shown: unknown;
}

/** The lease that both sides have, in {@link leasedNamespace} only. */
export const lease = "held";
export const leasedNamespace = "diff-a";
export const namespaces = [leasedNamespace, "diff-b", "k8s.io"] as const;

const names = [
  "a",
  "b",
  "Z",
  "docker.io/library/alpine:3.20",
  "é",
  "e\u0301",
  "\u{1f600}",
  "\uffee",
  "100%d %",
  "%[2]*.[1]d%[x]%[",
  "",
] as const;
// Of 4,000 bytes; where a message shows the start of a key, it ends in, before or after a character.
const longKeys = [
  `k${"é".repeat(1_999)}k`,
  "😀".repeat(1_000),
  `kk${"日".repeat(1_332)}kk`,
  `kkk${"😀".repeat(999)}k`,
] as const;
const keys = [
  "a",
  "b",
  "a.b",
  "",
  "__proto__",
  "containerd.io/gc.expire",
  "x y\n",
  "é".repeat(40),
  ...longKeys,
] as const;
const values = ["", "1", "2", "100%", "a\nb", '"q"', "2999-01-01T00:00:00Z", "2001-02-30T00:00:00Z"] as const;
const digests = [
  `sha256:${"a".repeat(64)}`,
  `sha256:${"b".repeat(64)}`,
  `sha512:${"c".repeat(128)}`,
  `sha384:${"0".repeat(96)}`,
] as const;
const badDigests = [
  "",
  "sha256:",
  "sha256:abc",
  ":abc",
  "a%sb",
  `sha256:${"A".repeat(64)}`,
  `SHA256:${"a".repeat(64)}`,
  `md5:${"a".repeat(32)}`,
  `sha256:${"é".repeat(32)}`,
] as const;
const paths = [
  "labels",
  "target",
  "annotations",
  "labels.a",
  "labels.b",
  "labels.a.b",
  "labels.",
  "labels.x y\n",
  "labels.__proto__",
  "labels.containerd.io/gc.expire",
  "annotations.a",
  "annotations.a.b",
  "annotations.",
] as const;
const oddPaths = [
  "",
  "*",
  "name",
  "target.digest",
  "target.annotations",
  "Labels",
  "labels ",
  "created_at",
  "a%d",
] as const;
const filters = [
  "",
  "name==a",
  "name!=a",
  "name~=^[a-z]",
  'name~="\\d"',
  "labels.a",
  "labels.a==1",
  "labels.b!=1",
  'labels.b!=""',
  'labels."a.b"~="^1?$"',
  "annotations.a==2",
  "target.digest~=^sha256",
  "target.mediatype==m",
  "target.size==1",
  "name==a,labels.a==1",
  'name=="é"',
  "nope",
] as const;
const filterPieces = [
  ...[
    "name",
    "labels",
    "a",
    "b",
    ".",
    ",",
    "==",
    "!=",
    "~=",
    "=",
    "!",
    '"',
    '"',
    "/",
    "|",
    "\\",
    "\\n",
    "\\x61",
    "\\141",
  ],
  ...[
    "\\777",
    "\\u00e9",
    "\\U00110000",
    "\\U80000061",
    "\\ud800",
    '\\"',
    " ",
    "\n",
    "\u00a0",
    "\u200b",
    "é",
    "\u{1f600}",
    "\0",
    "\ufffd",
  ],
  ...["%", "%d", "-", '"1"', '"a.b"', "/./", "^a", "$", "*", "[", "\\\\pL", "\\\\p{LC}"],
];

/** The calls that empty a namespace, and those that show what is left of it. */
export function emptyingCalls(namespace: string): RandomCall[] {
  const target = { digest: digests[0] };
  const requests = [...names.map((name) => ({ name })), { name: "" }, { name: "", target }, { name: "a", target }];
  return requests.map((shown) => ({
    rpc: "Delete",
    path: `/${Images.typeName}/Delete`,
    request: toBinary(DeleteImageRequestSchema, create(DeleteImageRequestSchema, shown)),
    headers: { "containerd-namespace": namespace },
    shown,
  }));
}

/** Makes a call, mostly one that works. Every create and update has an image and a target. */
export function randomCall(random: Random): RandomCall {
  const call = random.pick<() => Omit<RandomCall, "headers" | "path">>([
    () => createCall(random),
    () => createCall(random),
    () => updateCall(random),
    () => updateCall(random),
    () => updateCall(random),
    () => deleteCall(random),
    () => listCall(random),
    () => getCall(random),
  ])();
  const request = random.chance(0.06) ? Buffer.concat([call.request, random.pick(oddFields)]) : call.request;
  return { ...call, request, path: `/${Images.typeName}/${call.rpc}`, headers: randomHeaders(random) };
}

// What a decoder has to skip, or to refuse, after the fields that it knows.
const oddFields = [
  Buffer.from("4805", "hex"), // unknown varint
  Buffer.from("4b4c", "hex"), // unknown group
  Buffer.from("4c", "hex"), // the end of a group that never began
  Buffer.from("0805", "hex"), // field 1 as a varint
  Buffer.from("0d01020304", "hex"), // field 1 as four bytes
  Buffer.from("1001", "hex"), // field 2 as a varint
  Buffer.from("1201ff", "hex"), // field 2 as bytes that are neither UTF-8 nor a message
  Buffer.from("1a030a01ff", "hex"), // field 3 as a message whose text is not UTF-8
  Buffer.from("80", "hex"), // half a tag
  Buffer.from("0200", "hex"), // field 0
] as const;

function randomHeaders(random: Random): RandomCall["headers"] {
  const odd = random.chance(0.04);
  const namespace = odd
    ? random.pick<string | string[]>([
        "",
        "-a",
        "a b",
        "n".repeat(77),
        "version",
        "a%d",
        "a%[1]*d%",
        "\u00e9\u00ff",
        ["diff-a", "diff-b"],
        "never",
      ])
    : random.pick(namespaces);
  const named = random.chance(0.01) ? {} : { "containerd-namespace": namespace };
  return random.chance(0.1) ? { ...named, "containerd-lease": random.pick([lease, "nolease", ""]) } : named;
}

function createCall(random: Random): Omit<RandomCall, "headers" | "path"> {
  const shown = { image: randomImage(random), ...randomEpoch(random) };
  return { rpc: "Create", request: toBinary(CreateImageRequestSchema, create(CreateImageRequestSchema, shown)), shown };
}

function updateCall(random: Random): Omit<RandomCall, "headers" | "path"> {
  const masked = random.chance(0.85);
  const path = () => random.pick(random.chance(0.05) ? oddPaths : paths);
  const image = randomImage(random);
  const shown: MessageInitShape<typeof UpdateImageRequestSchema> = {
    // What a masked update does not touch may be left empty.
    image: masked && random.chance(0.5) ? { ...image, target: { annotations: randomMap(random) } } : image,
    ...(masked && { updateMask: { paths: random.some(4, path) } }),
    ...randomEpoch(random),
  };
  return { rpc: "Update", request: toBinary(UpdateImageRequestSchema, create(UpdateImageRequestSchema, shown)), shown };
}

function deleteCall(random: Random): Omit<RandomCall, "headers" | "path"> {
  const shown = {
    name: random.pick(names),
    sync: random.chance(0.2),
    ...(random.chance(0.5) && { target: random.chance(0.2) ? {} : { digest: random.pick(digests) } }),
  };
  return { rpc: "Delete", request: toBinary(DeleteImageRequestSchema, create(DeleteImageRequestSchema, shown)), shown };
}

function listCall(random: Random): Omit<RandomCall, "headers" | "path"> {
  const shown = { filters: random.some(3, () => randomFilter(random)) };
  return { rpc: "List", request: toBinary(ListImagesRequestSchema, create(ListImagesRequestSchema, shown)), shown };
}

function randomFilter(random: Random): string {
  if (random.chance(0.7)) return random.pick(filters);
  const start = random.pick(["name==", "name~=", "labels.a==", 'labels."', "name==a,", "name~=(?<n>a)", ""]);
  return start + random.some(4, () => random.pick(["", ...filterPieces])).join("");
}

function getCall(random: Random): Omit<RandomCall, "headers" | "path"> {
  const shown = { name: random.pick(names) };
  return { rpc: "Get", request: toBinary(GetImageRequestSchema, create(GetImageRequestSchema, shown)), shown };
}

interface RandomImage {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly target: MessageInitShape<typeof DescriptorSchema>;
  readonly createdAt?: { readonly seconds: bigint; readonly nanos: number };
}

function randomImage(random: Random): RandomImage {
  const odd = random.chance(0.12);
  return {
    name: random.pick(names),
    labels: randomMap(random),
    target: {
      mediaType: odd && random.chance(0.4) ? "" : random.pick(["m", "application/vnd.oci.image.index.v1+json"]),
      digest: odd && random.chance(0.4) ? random.pick(badDigests) : random.pick(digests),
      size: odd && random.chance(0.5) ? random.pick([0n, -1n]) : random.pick([1n, 2n ** 63n - 1n]),
      annotations: randomMap(random),
    },
    ...(random.chance(0.05) && { createdAt: { seconds: 1n, nanos: random.pick([0, 1, -1, 2e9]) } }),
  };
}

// At most one entry is faulty, since which of several a server names is up to chance.
function randomMap(random: Random): Record<string, string> {
  const isLong = (key: string) => longKeys.some((long) => long === key);
  const isGood = (key: string) => key !== "" && !isLong(key);
  const entry = (): [string, string] => [random.pick(keys), random.pick(values)];
  const entries = random.some(3, entry).filter(([key]) => isGood(key));
  const luck = random.next();
  if (luck < 0.04) entries.push(["", random.pick(values)]);
  else if (luck < 0.1) entries.push([random.pick(longKeys), "v".repeat(random.pick([96, 97]))]);
  return Object.fromEntries(entries);
}

function randomEpoch(random: Random): { sourceDateEpoch?: { seconds: bigint; nanos: number } } {
  if (!random.chance(0.1)) return {};
  const seconds = random.pick([0n, 1n, -1n, 253_402_300_800n, 2n ** 63n - 1n]);
  return { sourceDateEpoch: { seconds, nanos: random.pick([0, 1, -1, 1_999_999_999]) } };
}
