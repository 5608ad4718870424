/**
 * The Images service in memory, for your tests.
 *
 * @module containerd-images/testing
 */
export type { ErrorCode } from "../errors.js";
export type { Call, CallScope, MethodName, Requests } from "./calls.js";
export type { Fault, FaultOptions } from "./faults.js";
export {
  InMemoryImages,
  type InMemoryImagesOptions,
  type NamespacedImage,
  type SeedImage,
} from "./in-memory-images.js";
export type { InMemoryTransport } from "./in-memory-transport.js";
export { type ContainerdVersion, type Profile, profiles } from "./profile.js";
export type { CriOptions } from "./services/cri.js";
export type { Clock } from "./store/instant.js";
export type { ImageServer } from "./transports/image-server.js";
