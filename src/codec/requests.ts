import type { Descriptor, ImageFields } from "../image.js";
import { CREATE, DELETE, GET, LIST, UPDATE } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { requestOf } from "./encoded-request.js";
import {
  CREATE_REQUEST,
  DELETE_REQUEST,
  DESCRIPTOR,
  FIELD_MASK,
  GET_REQUEST,
  IMAGE,
  LIST_REQUEST,
  TIMESTAMP,
  UPDATE_REQUEST,
} from "./fields.js";
import { encoded, type MessageWriter } from "./writer.js";

/** A `GetImageRequest`. */
export function getRequest(name: string): Request {
  return requestOf(
    GET,
    encoded(name, (writer) => writer.string(GET_REQUEST.name, name)),
  );
}

/** A `ListImagesRequest`; an empty filter is sent too, because it selects everything. */
export function listRequest(filters: readonly string[]): Request {
  return requestOf(
    LIST,
    encoded(filters, (writer) => writer.texts(LIST_REQUEST.filters, filters)),
  );
}

/** A `CreateImageRequest`. */
export function createRequest(image: ImageFields, sourceDateEpoch: Date | undefined): Request {
  const bytes = encoded(image, (writer) => {
    writer.message(CREATE_REQUEST.image, image, writeImage);
    writeTime(writer, CREATE_REQUEST.sourceDateEpoch, sourceDateEpoch);
  });
  return requestOf(CREATE, bytes);
}

/** An `UpdateImageRequest`; without `paths` it replaces the whole record. */
export function updateRequest(
  image: ImageFields,
  paths: readonly string[],
  sourceDateEpoch: Date | undefined,
): Request {
  const bytes = encoded(image, (writer) => {
    writer.message(UPDATE_REQUEST.image, image, writeImage);
    if (paths.length > 0) writer.message(UPDATE_REQUEST.updateMask, paths, writeMask);
    writeTime(writer, UPDATE_REQUEST.sourceDateEpoch, sourceDateEpoch);
  });
  return requestOf(UPDATE, bytes);
}

/** A `DeleteImageRequest`; a `digest` makes it conditional on servers from 2.0 on. */
export function deleteRequest(
  name: string,
  sync: boolean,
  digest: string | undefined,
  isFresh?: Request["isFresh"],
): Request {
  const bytes = encoded(name, (writer) => {
    writer.string(DELETE_REQUEST.name, name);
    writer.bool(DELETE_REQUEST.sync, sync);
    if (digest !== undefined) writer.message(DELETE_REQUEST.target, digest, writeDigest);
  });
  const request = requestOf(DELETE, bytes);
  return isFresh === undefined ? request : Object.assign(request, { isFresh });
}

/** Writes the fields of a message in this order. A new field does not compile until it is written. */
type FieldWriters<Message> = { readonly [Field in keyof Message]: (writer: MessageWriter, message: Message) => void };

const IMAGE_FIELDS: FieldWriters<ImageFields> = {
  name: (writer, { name }) => writer.string(IMAGE.name, name),
  labels: (writer, { labels }) => writer.map(IMAGE.labels, labels),
  // Written even when it is empty: a server from 1.7 on crashes without it.
  target: (writer, { target }) => writer.message(IMAGE.target, target, writeDescriptor),
};

const DESCRIPTOR_FIELDS: FieldWriters<Descriptor> = {
  mediaType: (writer, { mediaType }) => writer.string(DESCRIPTOR.mediaType, mediaType),
  digest: (writer, { digest }) => writer.string(DESCRIPTOR.digest, digest),
  size: (writer, { size }) => writer.int(DESCRIPTOR.size, size),
  annotations: (writer, { annotations }) => writer.map(DESCRIPTOR.annotations, annotations),
};

const writeImage = inOrder(IMAGE_FIELDS);
const writeDescriptor = inOrder(DESCRIPTOR_FIELDS);

function inOrder<Message>(fields: FieldWriters<Message>): (writer: MessageWriter, message: Message) => void {
  const writers = Object.values<FieldWriters<Message>[keyof Message]>(fields);
  return (writer, message) => {
    for (const write of writers) write(writer, message);
  };
}

function writeMask(writer: MessageWriter, paths: readonly string[]): void {
  writer.texts(FIELD_MASK.paths, paths);
}

function writeDigest(writer: MessageWriter, digest: string): void {
  writer.string(DESCRIPTOR.digest, digest);
}

function writeTime(writer: MessageWriter, field: number, date: Date | undefined): void {
  if (date !== undefined) writer.message(field, date.getTime(), writeTimestamp);
}

function writeTimestamp(writer: MessageWriter, ms: number): void {
  const seconds = Math.floor(ms / 1_000);
  writer.int(TIMESTAMP.seconds, seconds);
  writer.int(TIMESTAMP.nanos, (ms - seconds * 1_000) * 1e6);
}
