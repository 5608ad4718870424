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
  // Written out, because the declarations of a program could not name an alias.
  /** Reads a record. */
  readonly get: (
    request: MessageInitShape<typeof GetImageRequestSchema>,
    options?: RawCallOptions,
  ) => Promise<GetImageResponse>;
  /** Reads the records that any of the filters selects, or all. */
  readonly list: (
    request: MessageInitShape<typeof ListImagesRequestSchema>,
    options?: RawCallOptions,
  ) => Promise<ListImagesResponse>;
  /** Makes a record. */
  readonly create: (
    request: MessageInitShape<typeof CreateImageRequestSchema>,
    options?: RawCallOptions,
  ) => Promise<CreateImageResponse>;
  /** Changes the fields in the mask; without a mask, target and labels as a whole. */
  readonly update: (
    request: MessageInitShape<typeof UpdateImageRequestSchema>,
    options?: RawCallOptions,
  ) => Promise<UpdateImageResponse>;
  /** Removes a record. */
  readonly delete: (
    request: MessageInitShape<typeof DeleteImageRequestSchema>,
    options?: RawCallOptions,
  ) => Promise<Empty>;
}
