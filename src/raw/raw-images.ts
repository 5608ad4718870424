import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Empty } from "@bufbuild/protobuf/wkt";
import type {
  CreateImageRequestSchema,
  CreateImageResponse,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  GetImageResponse,
  ListImagesRequestSchema,
  ListImagesResponse,
  UpdateImageRequestSchema,
  UpdateImageResponse,
} from "../../gen/containerd/services/images/v1/images_pb.js";
import type { RawCallOptions } from "../options.js";

export type RawMethod<Request, Response> = (request: Request, options?: RawCallOptions) => Promise<Response>;

/**
 * The generated client of the Images service: protobuf messages in and out.
 *
 * @example
 * ```ts
 * const raw: RawImages = images.raw;
 * const { images: found } = await raw.list({ filters: ["labels.env==dev"] });
 * found.map(({ name, target }) => [name, target?.size]); // => [["app:1", 1n]]
 * ```
 */
export interface RawImages {
  readonly get: RawMethod<MessageInitShape<typeof GetImageRequestSchema>, GetImageResponse>;
  readonly list: RawMethod<MessageInitShape<typeof ListImagesRequestSchema>, ListImagesResponse>;
  readonly create: RawMethod<MessageInitShape<typeof CreateImageRequestSchema>, CreateImageResponse>;
  readonly update: RawMethod<MessageInitShape<typeof UpdateImageRequestSchema>, UpdateImageResponse>;
  readonly delete: RawMethod<MessageInitShape<typeof DeleteImageRequestSchema>, Empty>;
}
