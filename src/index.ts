/**
 * The client, its types and errors, and the filters.
 *
 * @module containerd-images
 */
export { ImagesClient } from "./client.js";
export type { Diagnosis, Finding, NamespaceSummary, OtherDaemon, Problem } from "./diagnose/diagnosis.js";
export * from "./errors.js";
export { fieldPaths } from "./field-paths.js";
export * from "./filters/index.js";
/**
 * All that `containerd-images/filters` exports, under one name: `filters.parse`, `filters.check`, `filters.matches`,
 * `filters.compile`, `filters.all` and the others. They are also exported one by one.
 *
 * @example
 * ```ts
 * import { filters } from "containerd-images";
 *
 * filters.compile(filters.parse("labels.env==prod")); // => ['labels.env=="prod"']
 * ```
 */
export * as filters from "./filters/index.js";
export type { Descriptor, Image, Labels, NewDescriptor, NewImage } from "./image.js";
export type { AttemptTrace, CallTrace } from "./interceptors/tracing/channels.js";
export {
  LABEL_CRI_IMAGE,
  LABEL_CRI_PINNED,
  LABEL_GC_EXPIRE,
  LABEL_GC_REF_CONTENT,
  LABEL_GC_REF_IMAGE,
  LABEL_GC_REF_SNAPSHOT,
  LABEL_MOBY_CONTAINER_CONFIG,
  LABEL_MOBY_IMAGE_PARENT,
} from "./labels.js";
export type {
  CallOptions,
  CloseOptions,
  ConnectTransport,
  DeleteManyOptions,
  DeleteOptions,
  Dial,
  Evidence,
  IfTarget,
  ImagesClientOptions,
  RawCallOptions,
  RecordPattern,
  RecordToDelete,
  RetryEvent,
  RetryOptions,
  TagOptions,
  TlsOptions,
  UpsertOptions,
  WaitCondition,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from "./options.js";
export { type ImagePatch, type MapPatch, type ReplaceAll, replaceAll } from "./patch.js";
export type { RawImages } from "./raw/raw-images.js";
export type { DeleteManyResult, DeleteResult, DeleteStatus, UpsertResult } from "./results.js";
export { printable } from "./util/printable.js";
export type { ImageCache } from "./watch/cache.js";
export type { ImageEvent, SyncedEvent, WatchEvent } from "./watch/events.js";
export type { Watch } from "./watch/watch.js";
