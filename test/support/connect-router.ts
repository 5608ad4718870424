import { createRegistry } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  ConnectError,
  type ConnectRouter,
  createClient,
  type HandlerContext,
  type Transport,
} from "@connectrpc/connect";
import { Events } from "../../gen/containerd/services/events/v1/events_pb.js";
import {
  ImageCreateSchema,
  ImageDeleteSchema,
  ImageUpdateSchema,
} from "../../gen/containerd/services/images/v1/events_pb.js";
import { Images } from "../../gen/containerd/services/images/v1/images_pb.js";
import { Namespaces } from "../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { Version } from "../../gen/containerd/services/version/v1/version_pb.js";

/** What both ends need for events in JSON. The client publishes empty ones itself, to read the daemon's clock. */
export const EVENTS_IN_JSON = {
  registry: createRegistry(EmptySchema, ImageCreateSchema, ImageUpdateSchema, ImageDeleteSchema),
};

/** Has a router of Connect pass all requests of the client on, as a gateway before a daemon does. */
export function passOn(router: ConnectRouter, upstream: Transport): void {
  const images = createClient(Images, upstream);
  const events = createClient(Events, upstream);
  const { version } = createClient(Version, upstream);
  const { list } = createClient(Namespaces, upstream);
  router.service(Images, {
    get: passedOn(images.get),
    list: passedOn(images.list),
    create: passedOn(images.create),
    update: passedOn(images.update),
    delete: passedOn(images.delete),
  });
  router.service(Events, {
    publish: passedOn(events.publish),
    subscribe: (request, context) => events.subscribe(request, optionsOf(context)),
  });
  router.service(Version, { version: passedOn(version) });
  router.service(Namespaces, { list: passedOn(list) });
}

type Method<Input, Output> = (request: Input, options: CallOptions) => Promise<Output>;

function passedOn<Input, Output>(call: Method<Input, Output>) {
  return async (request: Input, context: HandlerContext): Promise<Output> => {
    try {
      return await call(request, optionsOf(context));
    } catch (error) {
      const { rawMessage, code } = ConnectError.from(error);
      throw new ConnectError(rawMessage, code); // with the headers of gRPC, Connect's protocol loses the code
    }
  };
}

function optionsOf({ requestHeader, signal }: HandlerContext): CallOptions {
  const headers = [...requestHeader].filter(([key]) => /^(containerd|truth)-/.test(key));
  return { headers: new Headers(headers), signal };
}
