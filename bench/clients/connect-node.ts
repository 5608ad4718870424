import net from "node:net";
import { create } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  CreateImageRequestSchema,
  Images,
  type Image as Message,
} from "../../gen/containerd/services/images/v1/images_pb.js";
import type { Image } from "../../src/image.js";
import { type BenchClient, type Destination, NAMESPACE_HEADER, TIMEOUT_MS } from "./client.js";

/** Connect's gRPC transport for Node, with protobuf-es. */
export function open({ socketPath, namespace }: Destination): BenchClient {
  const transport = createGrpcTransport({
    baseUrl: "http://localhost",
    nodeOptions: { createConnection: () => net.connect(socketPath) },
  });
  const images = createClient(Images, transport);
  const options = { headers: { [NAMESPACE_HEADER]: namespace }, timeoutMs: TIMEOUT_MS };
  return {
    get: async (name) => plain((await images.get({ name }, options)).image),
    list: async () => (await images.list({}, options)).images.map(plain),
    create: async ({ name, labels = {}, target }) => {
      const { mediaType, digest, size, annotations = {} } = target;
      const image = { name, labels, target: { mediaType, digest, size: BigInt(size), annotations } };
      return plain((await images.create(create(CreateImageRequestSchema, { image }), options)).image);
    },
    close: () => {},
  };
}

function plain(message: Message | undefined): Image {
  const { name, labels, target, createdAt, updatedAt } = message ?? never();
  const { mediaType, digest, size, annotations } = target ?? never();
  return {
    name,
    labels,
    target: { mediaType, digest, size: Number(size), annotations },
    createdAt: timestampDate(createdAt ?? never()),
    updatedAt: timestampDate(updatedAt ?? never()),
  };
}

function never(): never {
  throw new Error("the answer lacks a field");
}
