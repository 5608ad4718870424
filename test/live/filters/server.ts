import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { ListImagesResponseSchema } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { createRequest, listRequest } from "../../../src/codec/requests.js";
import type { NewImage } from "../../../src/image.js";
import { CREATE, LIST } from "../../../src/rpc/method.js";
import { codeNames, RawConnection } from "../../support/raw-cases/call.js";

/** What a List gave: the names in order, or that the filter was refused. */
export type Answer = readonly string[] | "refused";

/** A namespace of a daemon, called without any of the code that is tested. */
export class Server {
  readonly #connection: RawConnection;
  readonly #headers: { "containerd-namespace": string };

  constructor(address: string, namespace: string) {
    this.#connection = new RawConnection(address);
    this.#headers = { "containerd-namespace": namespace };
  }

  async store(images: readonly NewImage[]): Promise<void> {
    for (const image of images) {
      const { name, labels = {}, target } = image;
      const fields = { name, labels, target: { ...target, annotations: target.annotations ?? {} } };
      await this.#call(CREATE.path, createRequest(fields, undefined).bytes);
    }
  }

  async list(filters: readonly string[]): Promise<Answer> {
    const { code, message, messages } = await this.#reply(LIST.path, listRequest(filters).bytes);
    if (code !== undefined && codeNames[code] === "INVALID_ARGUMENT") return "refused";
    assert.equal(code, 0, `${JSON.stringify(filters)}: ${message}`);
    return fromBinary(ListImagesResponseSchema, messages[0] ?? new Uint8Array()).images.map(({ name }) => name);
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  async #call(path: string, request: Uint8Array): Promise<void> {
    const { code, message } = await this.#reply(path, request);
    assert.equal(code, 0, message);
  }

  #reply(path: string, request: Uint8Array) {
    return this.#connection.call(path, request, { headers: this.#headers });
  }
}
