import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Events } from "../../gen/containerd/services/events/v1/events_pb.js";
import { Images } from "../../gen/containerd/services/images/v1/images_pb.js";
import { Introspection } from "../../gen/containerd/services/introspection/v1/introspection_pb.js";
import { Namespaces } from "../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { Version } from "../../gen/containerd/services/version/v1/version_pb.js";
import type { Method } from "../rpc/method.js";

/** The generated description of each method. */
export const GENERATED_METHODS: Readonly<Record<Method["name"], DescMethodUnary>> = {
  get: Images.method.get,
  list: Images.method.list,
  create: Images.method.create,
  update: Images.method.update,
  delete: Images.method.delete,
  version: Version.method.version,
  namespaces: Namespaces.method.list,
  server: Introspection.method.server,
  publish: Events.method.publish,
};
