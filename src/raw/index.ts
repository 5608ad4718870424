/**
 * The generated messages and services, for programs that use `images.raw` or a transport of their own.
 *
 * @module containerd-images/raw
 */
export * from "../../gen/containerd/services/events/v1/events_pb.js";
export * from "../../gen/containerd/services/images/v1/events_pb.js";
export * from "../../gen/containerd/services/images/v1/images_pb.js";
export * from "../../gen/containerd/services/namespaces/v1/namespace_pb.js";
export * from "../../gen/containerd/services/version/v1/version_pb.js";
export * from "../../gen/containerd/types/descriptor_pb.js";
export * from "../../gen/containerd/types/event_pb.js";
