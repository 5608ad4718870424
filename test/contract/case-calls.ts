import { type DescMessage, fromBinary, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type CreateImageRequest,
  CreateImageRequestSchema,
  type DeleteImageRequest,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  ListImagesRequestSchema,
  type Image as RawImage,
  type UpdateImageRequest,
  UpdateImageRequestSchema,
} from "../../gen/containerd/services/images/v1/images_pb.js";
import {
  type Image,
  type ImagePatch,
  type ImagesClient,
  type NewDescriptor,
  parse,
  replaceAll,
} from "../../src/index.js";
import type { RpcCase } from "../support/raw-cases/rpc-cases.js";

/** A recorded call as a program would make it; resolves to the records in its response. */
export type CaseCall = (images: ImagesClient) => Promise<readonly Image[]>;

/** The call by the client's methods; undefined if they cannot express it. */
export function clientCall(rpcCase: RpcCase): CaseCall | undefined {
  if (!isExpressible(rpcCase)) return undefined;
  switch (rpcCase.rpc) {
    case "Get": {
      const { name } = requestOf(rpcCase, GetImageRequestSchema);
      return async (images) => [await images.get(name)];
    }
    case "List": {
      const { filters } = requestOf(rpcCase, ListImagesRequestSchema);
      return (images) => (filters.length === 0 ? images.list() : images.list(parse(...filters)));
    }
    case "Create":
      return createCall(requestOf(rpcCase, CreateImageRequestSchema));
    case "Update":
      return updateCall(requestOf(rpcCase, UpdateImageRequestSchema));
    case "Delete":
      return deleteCall(requestOf(rpcCase, DeleteImageRequestSchema));
  }
}

/** The call by the generated client. */
export function rawCall(rpcCase: RpcCase): CaseCall | undefined {
  if (!isExpressible(rpcCase)) return undefined;
  switch (rpcCase.rpc) {
    case "Get":
      return async ({ raw }) => plain((await raw.get(requestOf(rpcCase, GetImageRequestSchema))).image);
    case "List":
      return async ({ raw }) => (await raw.list(requestOf(rpcCase, ListImagesRequestSchema))).images.flatMap(plain);
    case "Create":
      return async ({ raw }) => plain((await raw.create(requestOf(rpcCase, CreateImageRequestSchema))).image);
    case "Update":
      return async ({ raw }) => plain((await raw.update(requestOf(rpcCase, UpdateImageRequestSchema))).image);
    case "Delete":
      return async ({ raw }) => {
        await raw.delete(requestOf(rpcCase, DeleteImageRequestSchema));
        return [];
      };
  }
}

// A client needs a namespace, and it cannot send bytes that are not a message.
function isExpressible({ namespace, request }: RpcCase): boolean {
  return namespace !== null && request !== undefined;
}

function createCall({ image, sourceDateEpoch }: CreateImageRequest): CaseCall {
  return async (images) => [await images.create(recordOf(image), datedBy(sourceDateEpoch))];
}

function updateCall({ image, updateMask, sourceDateEpoch }: UpdateImageRequest): CaseCall | undefined {
  const options = datedBy(sourceDateEpoch);
  const paths = updateMask?.paths ?? [];
  if (paths.length === 0) return async (images) => [await images.replace(recordOf(image), options)];
  const patch = patchOf(paths, image);
  return patch && (async (images) => [await images.update(image?.name ?? "", patch, options)]);
}

function deleteCall({ name, sync, target }: DeleteImageRequest): CaseCall {
  const ifTarget = target && { digest: target.digest };
  return async (images) => {
    await images.delete(name, { sync, ifTarget });
    return [];
  };
}

// A patch cannot name a path twice, nor a map and an entry of it; of one map no case names two entries. A path that
// does not exist becomes a field that does not.
function patchOf(paths: readonly string[], image: RawImage | undefined): ImagePatch | undefined {
  const patch: Record<string, unknown> = {};
  for (const path of paths) {
    const [, map, key] = /^(labels|annotations)(?:\.(.*))?$/s.exec(path) ?? [];
    const field = map ?? path;
    if (Object.hasOwn(patch, field)) return undefined;
    const entries = (map === "labels" ? image?.labels : image?.target?.annotations) ?? {};
    if (map === undefined) patch[field] = path === "target" ? descriptorOf(image) : true;
    else patch[field] = key === undefined ? replaceAll(entries) : { [key]: entries[key] ?? null };
  }
  return patch;
}

// Fields that a case leaves out are left out here, although the types require them.
function recordOf(image: RawImage | undefined) {
  if (image === undefined) return undefined as never;
  const { name, labels, createdAt, updatedAt } = image;
  return { name, labels, target: descriptorOf(image), createdAt: dateOf(createdAt), updatedAt: dateOf(updatedAt) };
}

function descriptorOf(image: RawImage | undefined): NewDescriptor {
  if (image?.target === undefined) return undefined as never;
  const { mediaType, digest, size, annotations } = image.target;
  return { mediaType, digest, size: Number(size), annotations };
}

function datedBy(sourceDateEpoch: Timestamp | undefined) {
  return { sourceDateEpoch: dateOf(sourceDateEpoch) };
}

// Rounds down, as the client does; the protobuf library rounds up.
function dateOf(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp && new Date(Number(timestamp.seconds) * 1_000 + Math.floor(timestamp.nanos / 1e6));
}

function plain(image: RawImage | undefined): Image[] {
  if (image === undefined) return [];
  const { name, labels, target, createdAt = undefined, updatedAt = undefined } = image;
  const { mediaType = "", digest = "", size = 0n, annotations = {} } = target ?? {};
  const epoch = new Date(0);
  const times = { createdAt: dateOf(createdAt) ?? epoch, updatedAt: dateOf(updatedAt) ?? epoch };
  return [{ name, labels, target: { mediaType, digest, size: Number(size), annotations }, ...times }];
}

/** The message that a case sends. A mask has no usable JSON form, so the bytes come first. */
function requestOf<D extends DescMessage>({ request, requestHex }: RpcCase, schema: D): MessageShape<D> {
  if (requestHex === undefined) return fromJson(schema, expand(request ?? {}));
  return fromBinary(schema, Buffer.from(requestHex, "hex"));
}

/** Writes out `{ "$repeat": text, "$count": n }`. */
export function expand(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(expand);
  const { $repeat: text, $count: count } = value;
  if (typeof text === "string" && typeof count === "number") return text.repeat(count);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
}
