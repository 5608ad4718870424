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
} from "../gen/containerd/services/images/v1/images_pb.js";
import type { RawSend } from "./transport/to-transport.js";

/** What a call of `raw` takes, as every generated client does. */
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

/** The generated client of the Images service: protobuf messages in and out. */
export interface RawImages {
  readonly get: RawMethod<MessageInitShape<typeof GetImageRequestSchema>, GetImageResponse>;
  readonly list: RawMethod<MessageInitShape<typeof ListImagesRequestSchema>, ListImagesResponse>;
  readonly create: RawMethod<MessageInitShape<typeof CreateImageRequestSchema>, CreateImageResponse>;
  readonly update: RawMethod<MessageInitShape<typeof UpdateImageRequestSchema>, UpdateImageResponse>;
  readonly delete: RawMethod<MessageInitShape<typeof DeleteImageRequestSchema>, Empty>;
}

/** The generated client over `send`; Connect and the generated code are loaded with its first call. */
export function rawClient(send: RawSend): RawImages {
  let loading: Promise<RawImages> | undefined;
  const client = (): Promise<RawImages> => {
    loading ??= load(send);
    return loading;
  };
  return {
    get: async (request, options) => (await client()).get(request, options),
    list: async (request, options) => (await client()).list(request, options),
    create: async (request, options) => (await client()).create(request, options),
    update: async (request, options) => (await client()).update(request, options),
    delete: async (request, options) => (await client()).delete(request, options),
  };
}

async function load(send: RawSend): Promise<RawImages> {
  const [{ createClient }, { Images }, { toTransport }] = await Promise.all([
    import("@connectrpc/connect"),
    import("../gen/containerd/services/images/v1/images_pb.js"),
    import("./transport/to-transport.js"),
  ]);
  // Connect treats an option that is undefined like one that is absent; its types only do not say so.
  return createClient(Images, toTransport(send)) as RawImages;
}
