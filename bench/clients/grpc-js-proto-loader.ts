import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import type { Image, NewImage } from "../../src/image.js";
import { type BenchClient, type Destination, NAMESPACE_HEADER, TIMEOUT_MS } from "./client.js";

// This file runs as bench/out/bench/clients/….
const protoDir = fileURLToPath(new URL("../../../../proto", import.meta.url));

interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

type Message = Omit<Image, "createdAt" | "updatedAt"> & {
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
};

/** gRPC's own client for Node, with the .proto files read at run time. */
export function open({ socketPath, namespace }: Destination): BenchClient {
  const client = new (serviceClient())(`unix:${socketPath}`, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  const metadata = new grpc.Metadata();
  metadata.set(NAMESPACE_HEADER, namespace);
  const call = <T>(method: string, request: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null, answer: T) => (error === null ? resolve(answer) : reject(error));
      client[method]?.(request, metadata, { deadline: Date.now() + TIMEOUT_MS }, done);
    });
  return {
    get: async (name) => plain((await call<{ image: Message }>("get", { name })).image),
    list: async () => (await call<{ images: Message[] }>("list", {})).images.map(plain),
    create: async (image: NewImage) => plain((await call<{ image: Message }>("create", { image })).image),
    close: () => client.close(),
  };
}

function serviceClient() {
  const definition = protoLoader.loadSync("containerd/services/images/v1/images.proto", {
    includeDirs: [protoDir],
    longs: Number,
    defaults: true,
  });
  const description = definition["containerd.services.images.v1.Images"];
  if (description === undefined || "format" in description) throw new Error("there is no service Images");
  return grpc.makeGenericClientConstructor(description, "Images");
}

function plain({ name, labels, target, createdAt, updatedAt }: Message): Image {
  return { name, labels, target, createdAt: date(createdAt), updatedAt: date(updatedAt) };
}

function date({ seconds, nanos }: Timestamp): Date {
  return new Date(seconds * 1_000 + Math.floor(nanos / 1e6));
}
