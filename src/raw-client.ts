import type { RawImages } from "./raw-images.js";
import type { RawSend } from "./transport/to-transport.js";

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
