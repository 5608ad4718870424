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

/**
 * What a call of `raw` takes, as every generated client does.
 *
 * @example
 * ```ts
 * const options: RawCallOptions = { timeoutMs: 2_000, onHeader: (header) => console.log(header.get("content-type")) };
 * await images.raw.get({ name: "app:1" }, options);
 * ```
 */
export interface RawCallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly headers?: Headers | Record<string, string> | [string, string][] | undefined;
  /** Sees the answer's header. */
  readonly onHeader?: ((header: Headers) => void) | undefined;
  /** Sees the answer's trailer. */
  readonly onTrailer?: ((trailer: Headers) => void) | undefined;
}

type RawMethod<Request, Response> = (request: Request, options?: RawCallOptions) => Promise<Response>;

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
