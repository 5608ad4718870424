import type { IncomingHttpHeaders } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  GetImageResponseSchema,
  type Image,
  ImageSchema,
  ListImagesResponseSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { DescriptorSchema } from "../../../gen/containerd/types/descriptor_pb.js";

/** Ends a call with this status; codes are gRPC's numbers. */
export class GrpcStatus extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const unknown = 2;
const invalidArgument = 3;
const notFound = 5;
const unimplemented = 12;
const imagesPath = "/containerd.services.images.v1.Images/";
const namespacePart = "[a-z][a-z0-9]+(?:[-]+[a-z0-9]+)*";
const namespacePattern = new RegExp(`^${namespacePart}(?:[.]${namespacePart})*$`);

/** The records, by namespace and name, and the four methods, from request message to response. */
export class Images2017 {
  readonly #namespaces = new Map<string, Map<string, Image>>();

  call(path: string, headers: IncomingHttpHeaders, message: Uint8Array): Uint8Array {
    switch (path) {
      case `${imagesPath}Get`:
        return this.#get(namespaceOf(headers), fromBinary(GetImageRequestSchema, message).name);
      case `${imagesPath}List`:
        return this.#list(namespaceOf(headers));
      case `${imagesPath}Update`:
        return this.#update(namespaceOf(headers), fromBinary(UpdateImageRequestSchema, message).image);
      case `${imagesPath}Delete`:
        return this.#delete(namespaceOf(headers), fromBinary(DeleteImageRequestSchema, message).name);
      default:
        throw new GrpcStatus(unimplemented, unknownMethod(path));
    }
  }

  #get(namespace: string, name: string): Uint8Array {
    return toBinary(GetImageResponseSchema, create(GetImageResponseSchema, { image: this.#find(namespace, name) }));
  }

  #list(namespace: string): Uint8Array {
    const images = [...this.#records(namespace).values()];
    images.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    return toBinary(ListImagesResponseSchema, create(ListImagesResponseSchema, { images }));
  }

  #update(namespace: string, image: Image | undefined): Uint8Array {
    const name = image?.name ?? "";
    if (name === "") throw new GrpcStatus(unknown, "bucket name required");
    const { mediaType, digest, size } = image?.target ?? create(DescriptorSchema);
    const target = create(DescriptorSchema, { mediaType, digest, size });
    const records = this.#records(namespace).set(name, create(ImageSchema, { name, target }));
    this.#namespaces.set(namespace, records);
    return Uint8Array.of(0x0a, 0x02, 0x1a, 0x00); // an image with an empty target
  }

  #delete(namespace: string, name: string): Uint8Array {
    this.#find(namespace, name);
    this.#records(namespace).delete(name);
    return new Uint8Array();
  }

  #find(namespace: string, name: string): Image {
    const image = this.#records(namespace).get(name);
    if (image === undefined) throw new GrpcStatus(notFound, `image ${name} not found`);
    return image;
  }

  #records(namespace: string): Map<string, Image> {
    return this.#namespaces.get(namespace) ?? new Map<string, Image>();
  }
}

function namespaceOf(headers: IncomingHttpHeaders): string {
  const [namespace = ""] = [headers["containerd-namespace"] ?? ""].flat();
  if (namespace === "") {
    throw new GrpcStatus(invalidArgument, 'namespace required, please set "containerd-namespace" header');
  }
  if (!namespacePattern.test(namespace)) throw new GrpcStatus(invalidArgument, `namespace ${namespace} is malformed`);
  return namespace;
}

function unknownMethod(path: string): string {
  const [, service = "", method = ""] = path.split("/");
  return path.startsWith(imagesPath) ? `unknown method ${method}` : `unknown service ${service}`;
}
