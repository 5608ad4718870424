import type { Labels } from "../image.js";
import { CREATE, DELETE, GET, LIST, UPDATE } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { requestOf } from "./request.js";
import { boolField, bytesField, intField, mapField, stringField } from "./writer.js";

/** A record as it goes on the wire: with an update that does not touch the target, its fields may be empty. */
export interface ImageFields {
  readonly name: string;
  readonly labels: Labels;
  readonly target: TargetFields;
}

export interface TargetFields {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: Labels;
}

/** A `GetImageRequest`. */
export function getRequest(name: string): Request {
  return requestOf(GET, stringField(1, name));
}

/** A `ListImagesRequest`; an empty filter is sent too, because the server reads it as everything. */
export function listRequest(filters: readonly string[]): Request {
  return requestOf(LIST, Buffer.concat(filters.map((filter) => bytesField(1, Buffer.from(filter)))));
}

/** A `CreateImageRequest`. */
export function createRequest(image: ImageFields, sourceDateEpoch: Date | undefined): Request {
  return requestOf(CREATE, Buffer.concat([encodeImage(image), timestampField(2, sourceDateEpoch)]));
}

/** An `UpdateImageRequest`; no `paths` replaces the whole record. */
export function updateRequest(
  image: ImageFields,
  paths: readonly string[],
  sourceDateEpoch: Date | undefined,
): Request {
  const mask = paths.map((path) => bytesField(1, Buffer.from(path)));
  return requestOf(
    UPDATE,
    Buffer.concat([
      encodeImage(image),
      mask.length === 0 ? Buffer.alloc(0) : bytesField(2, ...mask),
      timestampField(3, sourceDateEpoch),
    ]),
  );
}

/** A `DeleteImageRequest`; a `digest` makes it conditional on servers from 2.0 on. */
export function deleteRequest(name: string, sync: boolean, digest: string | undefined): Request {
  const target = digest === undefined ? Buffer.alloc(0) : bytesField(3, stringField(2, digest));
  return requestOf(DELETE, Buffer.concat([stringField(1, name), boolField(2, sync), target]));
}

// The target is written even when it is empty: a server from 1.7 on crashes without it.
function encodeImage({ name, labels, target }: ImageFields): Buffer {
  const descriptor = bytesField(
    3,
    stringField(1, target.mediaType),
    stringField(2, target.digest),
    intField(3, target.size),
    mapField(5, target.annotations),
  );
  return bytesField(1, stringField(1, name), mapField(2, labels), descriptor);
}

function timestampField(field: number, date: Date | undefined): Buffer {
  if (date === undefined) return Buffer.alloc(0);
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1_000);
  return bytesField(field, intField(1, seconds), intField(2, (ms - seconds * 1_000) * 1e6));
}
