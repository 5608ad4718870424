import type { Empty } from "@bufbuild/protobuf/wkt";
import type { PublishRequest, SubscribeRequest } from "../../gen/containerd/services/events/v1/events_pb.js";
import type {
  CreateImageRequest,
  DeleteImageRequest,
  GetImageRequest,
  ListImagesRequest,
  UpdateImageRequest,
} from "../../gen/containerd/services/images/v1/images_pb.js";
import type {
  DeleteNamespaceRequest,
  ListNamespacesRequest,
} from "../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { shown } from "../schema/shown.js";

/**
 * The requests of the service, by the name of their method.
 *
 * @example
 * ```ts
 * await images.delete("app:1", { sync: true });
 * const call = service.calls.at(-1);
 * const request: Requests["delete"] | undefined = call?.method === "delete" ? call.request : undefined;
 * request?.sync; // => true
 * ```
 */
export interface Requests {
  readonly get: GetImageRequest;
  readonly list: ListImagesRequest;
  readonly create: CreateImageRequest;
  readonly update: UpdateImageRequest;
  readonly delete: DeleteImageRequest;
  readonly version: Empty;
  readonly namespaces: ListNamespacesRequest;
  readonly deleteNamespace: DeleteNamespaceRequest;
  readonly server: Empty;
  readonly publish: PublishRequest;
  readonly subscribe: SubscribeRequest;
}

/**
 * A method of the service: all methods of Images, two each of Namespaces and Events, and one each of Version and
 * Introspection.
 *
 * @example
 * ```ts
 * const reads: readonly MethodName[] = ["get", "list"];
 * await images.get("app:1");
 * service.calls.every(({ method }) => reads.includes(method)); // => true
 * ```
 */
export type MethodName = keyof Requests;

const METHOD_NAMES: Readonly<Record<MethodName, true>> = {
  get: true,
  list: true,
  create: true,
  update: true,
  delete: true,
  version: true,
  namespaces: true,
  deleteNamespace: true,
  server: true,
  publish: true,
  subscribe: true,
};

/** Parses a method's name, with or without a capital at its start. Throws a RangeError if there is no such method. */
export function readMethodName(text: unknown): MethodName {
  const name = typeof text === "string" ? text.charAt(0).toLowerCase() + text.slice(1) : "";
  if (isMethodName(name)) return name;
  throw new RangeError(`method must be one of ${Object.keys(METHOD_NAMES).join(", ")}: ${shown(text)}`);
}

function isMethodName(text: string): text is MethodName {
  return Object.hasOwn(METHOD_NAMES, text);
}

/**
 * The values of a call that come from its headers.
 *
 * @example
 * ```ts
 * await images.withNamespace("k8s.io").list();
 * const scopes: readonly CallScope[] = service.calls;
 * scopes.map(({ namespace, lease }) => [namespace, lease]); // => [["k8s.io", undefined]]
 * ```
 */
export interface CallScope {
  /** The `containerd-namespace` header as it was received; undefined if there was none. */
  readonly namespace: string | undefined;
  /** The `containerd-lease` header; undefined if there was none. */
  readonly lease: string | undefined;
}

interface CallOf<Method extends MethodName> extends CallScope {
  readonly method: Method;
  /** The request as the server has decoded it. */
  readonly request: Requests[Method];
}

/**
 * One call that reached the service; `method` says which message `request` is.
 *
 * @example
 * ```ts
 * await images.update("app:1", { labels: { env: "prod" } });
 * const call: Call | undefined = service.calls.at(-1);
 * call?.method === "update" && call.request.updateMask?.paths; // => ["labels.env"]
 * ```
 */
export type Call = { [Method in MethodName]: CallOf<Method> }[MethodName];
