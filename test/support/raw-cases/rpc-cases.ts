import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type DescMessage, fromBinary, fromJson, type JsonObject, type JsonValue, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  type Image,
  Images,
  ListImagesResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { codeNames, type RawConnection, type RawReply } from "./call.js";

/** The patch versions that the case files were recorded on. */
export type RecordedVersion = "1.6.20" | "1.7.24" | "2.1.9";

interface Expectation {
  readonly code?: string;
  readonly message?: string;
  readonly response?: JsonObject;
  readonly after?: readonly JsonValue[];
  readonly daemonCrashes?: boolean;
}

/** One recorded call of `rpc-cases.json`; the file's `conventions` explain its values. */
export interface RpcCase {
  readonly id: string;
  readonly title: string;
  readonly rpc: "Get" | "List" | "Create" | "Update" | "Delete";
  readonly namespace?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
  readonly setup?: readonly { readonly rpc: "Create" | "Delete"; readonly request: JsonObject }[];
  readonly request?: JsonObject;
  readonly requestHex?: string;
  readonly expect: Expectation;
  readonly perVersion?: Readonly<Partial<Record<RecordedVersion, Expectation>>>;
  readonly sameOnAllVersions: boolean;
}

export function loadCases<T>(file: string): T {
  // The files are data of this repository, of the shape that the types here give them.
  return JSON.parse(readFileSync(new URL(`../cases/${file}`, import.meta.url), "utf8")) as T;
}

export const rpcCases = loadCases<{ cases: RpcCase[] }>("rpc-cases.json").cases;

export function expectationOf(rpcCase: RpcCase, version: RecordedVersion): Expectation {
  return rpcCase.perVersion?.[version] ?? rpcCase.expect;
}

const path = (rpc: string) => `/${Images.typeName}/${rpc}`;
let namespaces = 0;

/** Makes the case's calls in a new namespace, and checks the response and the records after it. */
export async function checkCase(rpcCase: RpcCase, connection: RawConnection, version: RecordedVersion): Promise<void> {
  const fresh = `case-${process.pid}-${++namespaces}`;
  const namespace = rpcCase.namespace === undefined ? fresh : expand(rpcCase.namespace);
  const headers: Readonly<Record<string, string>> =
    typeof namespace === "string" ? { "containerd-namespace": namespace } : {};
  const before = new Map<string, Image>();
  for (const { rpc, request } of rpcCase.setup ?? []) {
    const reply = await connection.call(path(rpc), encode(rpc, request), { headers });
    assert.equal(reply.code, 0, `setup of ${rpcCase.id}: ${reply.message}`);
    for (const image of await listed(connection, headers)) before.set(image.name, image);
  }
  const bytes =
    rpcCase.requestHex === undefined ? encode(rpcCase.rpc, rpcCase.request ?? {}) : fromHex(rpcCase.requestHex);
  const reply = await connection.call(path(rpcCase.rpc), bytes, { headers: { ...headers, ...rpcCase.headers } });
  const expected = expectationOf(rpcCase, version);
  if (expected.daemonCrashes === true) assert.equal(reply.code, undefined);
  else checkReply(rpcCase, reply, expected, before);
  if (expected.after !== undefined) checkImages(await listed(connection, headers), expected.after, before);
}

function checkReply(
  rpcCase: RpcCase,
  reply: RawReply,
  expected: Expectation,
  before: ReadonlyMap<string, Image>,
): void {
  assert.equal(reply.code === undefined ? undefined : codeNames[reply.code], expected.code, reply.message);
  // Decoding errors are worded by the protobuf library, whose texts vary even from build to build.
  const isComparable = rpcCase.sameOnAllVersions && expected.code !== "INTERNAL";
  if (isComparable) assert.equal(reply.message.toLowerCase(), (expected.message ?? "").toLowerCase()); // 2.3 changed case
  if (expected.code !== "OK") return;
  const images = imagesOf(rpcCase.rpc, reply.messages[0] ?? new Uint8Array());
  const { image, images: list } = expected.response ?? {};
  checkImages(images, image !== undefined ? [image] : Array.isArray(list) ? list : [], before);
}

function checkImages(
  actual: readonly Image[],
  expected: readonly JsonValue[],
  before: ReadonlyMap<string, Image>,
): void {
  // An image whose order alone matters is written as its name.
  const plain = actual.map((image, index) => (typeof expected[index] === "string" ? image.name : describe(image)));
  const resolved = expected.map((image, index) => {
    const [wanted, found] = [expand(image), actual[index]];
    return found === undefined || !isObject(wanted) ? wanted : resolve(wanted, found, before.get(found.name));
  });
  assert.deepEqual(plain, resolved);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Puts what was found in place of "@now" and its like, where it is what the placeholder allows.
function resolve(expected: JsonObject, found: Image, before: Image | undefined): JsonObject {
  const actual = describe(found);
  const stamp = (name: "created_at" | "updated_at") => {
    const wanted = expected[name];
    if (wanted === "@now") return isRecent(found, name) ? actual[name] : wanted;
    if (wanted === "@setup") return before === undefined ? wanted : describe(before)[name];
    return wanted === "@created_at" ? describeTime(found.createdAt) : wanted;
  };
  return { ...expected, created_at: stamp("created_at") ?? null, updated_at: stamp("updated_at") ?? null };
}

function isRecent(image: Image, name: "created_at" | "updated_at"): boolean {
  const { seconds = 0n } = (name === "created_at" ? image.createdAt : image.updatedAt) ?? {};
  return Math.abs(Number(seconds) - Date.now() / 1_000) < 30;
}

/** A record as the case files write it: proto names, no empty fields. */
export function describe({ name, labels, target, createdAt, updatedAt }: Image): JsonObject {
  const { mediaType = "", digest = "", size = 0n, annotations = {} } = target ?? {};
  return {
    name,
    ...(Object.keys(labels).length > 0 && { labels }),
    target: {
      media_type: mediaType,
      digest,
      size: String(size),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    created_at: describeTime(createdAt),
    updated_at: describeTime(updatedAt),
  };
}

function describeTime(time: Image["createdAt"]): JsonObject {
  const { seconds = 0n, nanos = 0 } = time ?? {};
  return { ...(seconds !== 0n && { seconds: String(seconds) }), ...(nanos !== 0 && { nanos }) };
}

async function listed(connection: RawConnection, headers: Readonly<Record<string, string>>): Promise<Image[]> {
  const reply = await connection.call(path("List"), new Uint8Array(), { headers });
  return reply.code === 0 ? imagesOf("List", reply.messages[0] ?? new Uint8Array()) : [];
}

function imagesOf(rpc: RpcCase["rpc"], bytes: Uint8Array): Image[] {
  if (rpc === "Delete") return [];
  if (rpc === "List") return fromBinary(ListImagesResponseSchema, bytes).images;
  const { image } = fromBinary(Images.method[lowerCase(rpc)].output, bytes);
  return image === undefined ? [] : [image];
}

function lowerCase(rpc: "Get" | "Create" | "Update"): "get" | "create" | "update" {
  return ({ Get: "get", Create: "create", Update: "update" } as const)[rpc];
}

// Only creates and deletes are given without their bytes.
function encode(rpc: RpcCase["rpc"], request: JsonObject): Uint8Array {
  const desc: DescMessage = rpc === "Create" ? CreateImageRequestSchema : DeleteImageRequestSchema;
  return toBinary(desc, fromJson(desc, expand(request)));
}

// Writes out { "$repeat": text, "$count": n }.
function expand(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(expand);
  const { $repeat: text, $count: count } = value;
  if (typeof text === "string" && typeof count === "number") return text.repeat(count);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
