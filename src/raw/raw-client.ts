import type { RawCallOptions } from "../options.js";
import { outsideCalls } from "../util/outside-calls.js";
import type { RawImages } from "./raw-images.js";
import type { RawSend } from "./to-transport.js";

/** Copies the options of a call; throws if they cannot be read. */
type CopyOptions = (method: string, options: RawCallOptions | undefined) => RawCallOptions;

/** The generated client over `send`; Connect and the generated code are loaded with its first call. */
export function rawClient(send: RawSend, copy: CopyOptions): RawImages {
  let loading: Promise<RawImages> | undefined;
  const client = (): Promise<RawImages> => {
    loading ??= outsideCalls(() => load(send));
    return loading;
  };
  return {
    get: async (request, options) => (await client()).get(request, copy("get", options)),
    list: async (request, options) => (await client()).list(request, copy("list", options)),
    create: async (request, options) => (await client()).create(request, copy("create", options)),
    update: async (request, options) => (await client()).update(request, copy("update", options)),
    delete: async (request, options) => (await client()).delete(request, copy("delete", options)),
  };
}

async function load(send: RawSend): Promise<RawImages> {
  // A bundler keeps of a file of ours what it needs, of a package that is imported in this way all.
  const { generatedClient } = await import("./generated-client.js");
  return generatedClient(send);
}
