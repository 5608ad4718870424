import type { RawCallOptions } from "../options.js";
import { lazy } from "../util/lazy.js";
import { outsideCalls } from "../util/outside-calls.js";
import type { RawImages } from "./raw-images.js";
import type { RawSend } from "./to-transport.js";

/** A checked copy of the options of a call. */
type CheckOptions = (method: string, options: RawCallOptions | undefined) => RawCallOptions;

/** The generated client over `send`; Connect and the generated code are loaded with its first call. */
export function rawClient(send: RawSend, checked: CheckOptions): RawImages {
  const client = lazy(() => outsideCalls(() => load(send)));
  return {
    get: async (request, options) => (await client()).get(request, checked("get", options)),
    list: async (request, options) => (await client()).list(request, checked("list", options)),
    create: async (request, options) => (await client()).create(request, checked("create", options)),
    update: async (request, options) => (await client()).update(request, checked("update", options)),
    delete: async (request, options) => (await client()).delete(request, checked("delete", options)),
  };
}

async function load(send: RawSend): Promise<RawImages> {
  // A file of our own, because a bundler keeps all of a package that is imported dynamically.
  const { generatedClient } = await import("./generated-client.js");
  return generatedClient(send);
}
