import type { RawCallOptions } from "../options.js";
import { latePart } from "../rpc/late-part.js";
import { copiedRequest } from "./copied-request.js";
import type { RawImages } from "./raw-images.js";
import type { RawSend } from "./to-transport.js";

/** A checked copy of the options of a call. */
type CheckOptions = (method: string, options: RawCallOptions | undefined) => RawCallOptions;

type RawMethod<Request, Response> = (request: Request, options?: RawCallOptions) => Promise<Response>;

/** Makes the failure to load a part of this package an error of the method that needs it. */
type Loaded = <T>(method: string, part: () => Promise<T>) => Promise<T>;

/** The generated client over `send`; Connect and the generated code are loaded with its first call. */
export function rawClient(send: RawSend, checked: CheckOptions, loaded: Loaded): RawImages {
  const client = latePart(() => load(send));
  const method =
    <Request, Response>(
      name: string,
      of: (raw: RawImages) => RawMethod<Request, Response>,
    ): RawMethod<Request, Response> =>
    async (request, options) => {
      const given = [copiedRequest(request), checked(name, options)] as const;
      return of(await loaded(name, client))(...given);
    };
  return {
    get: method("get", (raw) => raw.get),
    list: method("list", (raw) => raw.list),
    create: method("create", (raw) => raw.create),
    update: method("update", (raw) => raw.update),
    delete: method("delete", (raw) => raw.delete),
  };
}

async function load(send: RawSend): Promise<RawImages> {
  // A file of our own, because a bundler keeps all of a package that is imported dynamically.
  const { generatedClient } = await import("./generated-client.js");
  return generatedClient(send);
}
