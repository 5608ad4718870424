import { create } from "@bufbuild/protobuf";
import { type Image as ImageMessage, ImageSchema } from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Descriptor as DescriptorMessage } from "../../../gen/containerd/types/descriptor_pb.js";
import type { Image, Labels, NewImage } from "../../image.js";
import { dateFromInstant, type Instant, messageFromInstant } from "./instant.js";

export type LabelMap = ReadonlyMap<string, string>;

/** What an image points at. The size can be any 64-bit number of a request. */
export interface Target {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: bigint;
  readonly annotations: LabelMap;
}

/** An image in a request. Values may be empty, which means removal. */
export interface ImageDraft {
  readonly name: string;
  readonly labels: LabelMap;
  readonly target: Target;
}

/** An image as it is stored: no value is empty. */
export interface ImageRecord extends ImageDraft {
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

type Fields<T> = Readonly<Record<keyof T, unknown>>;

const NO_TARGET: Target = { mediaType: "", digest: "", size: 0n, annotations: new Map() };

/** Reads the image of a request. An absent image or target counts as empty. */
export function draftFromMessage(image: ImageMessage | undefined): ImageDraft {
  return {
    name: image?.name ?? "",
    labels: mapOf(image?.labels),
    target: image?.target === undefined ? NO_TARGET : targetFromMessage(image.target),
  };
}

function targetFromMessage({ mediaType, digest, size, annotations }: DescriptorMessage): Target {
  return { mediaType, digest, size, annotations: mapOf(annotations) };
}

export function draftFromImage({
  name,
  labels,
  target: { mediaType, digest, size, annotations },
}: NewImage): ImageDraft {
  return {
    name,
    labels: mapOf(labels),
    target: { mediaType, digest, size: BigInt(size), annotations: mapOf(annotations) },
  };
}

export function messageFromRecord({ name, labels, target, createdAt, updatedAt }: ImageRecord): ImageMessage {
  const { mediaType, digest, size, annotations } = target;
  // `create` does not ask for all fields.
  return create(ImageSchema, {
    name,
    labels: Object.fromEntries(labels),
    target: { mediaType, digest, size, annotations: Object.fromEntries(annotations) } satisfies Fields<Target>,
    createdAt: messageFromInstant(createdAt),
    updatedAt: messageFromInstant(updatedAt),
  } satisfies Fields<ImageRecord>);
}

export function imageFromRecord({ name, labels, target, createdAt, updatedAt }: ImageRecord): Image {
  const { mediaType, digest, size, annotations } = target;
  return {
    name,
    labels: Object.fromEntries(labels),
    target: { mediaType, digest, size: Number(size), annotations: Object.fromEntries(annotations) },
    createdAt: dateFromInstant(createdAt),
    updatedAt: dateFromInstant(updatedAt),
  };
}

function mapOf(labels: Labels | undefined): LabelMap {
  return new Map(Object.entries(labels ?? {}));
}
