import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Images } from "../../gen/containerd/services/images/v1/images_pb.js";
import { Namespaces } from "../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { Version } from "../../gen/containerd/services/version/v1/version_pb.js";
import { CREATE, DELETE, GET, LIST, type Method, NAMESPACES, UPDATE, VERSION } from "../wire/method.js";

const generated: ReadonlyMap<string, DescMethodUnary> = new Map<string, DescMethodUnary>([
  [GET.path, Images.method.get],
  [LIST.path, Images.method.list],
  [CREATE.path, Images.method.create],
  [UPDATE.path, Images.method.update],
  [DELETE.path, Images.method.delete],
  [VERSION.path, Version.method.version],
  [NAMESPACES.path, Namespaces.method.list],
]);

/** The generated description of a method. */
export function generatedMethod(method: Method): DescMethodUnary {
  const found = generated.get(method.path);
  if (found === undefined) throw new TypeError(`no generated code for ${method.path}`);
  return found;
}
