import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { grpcCall } from "../daemon/grpc-call.js";

// What is used of CRI's `runtime.v1.ImageService`, as protobuf:
//
//   ListImages    request {}                                        response { repeated Image images = 1; }
//   ImageStatus   request { ImageSpec image = 1; }                  response { Image image = 1; }
//   PullImage     request { ImageSpec image = 1; }                  response { string image_ref = 1; }
//   RemoveImage   request { ImageSpec image = 1; }                  response {}
//
//   ImageSpec { string image = 1; }
//   Image { string id = 1; repeated string repo_tags = 2; repeated string repo_digests = 3; bool pinned = 8; }

const ID = 1;
const REPO_TAGS = 2;
const REPO_DIGESTS = 3;
const PINNED = 8;

/** An image as CRI shows it to the kubelet. */
export interface CriImage {
  /** The digest of its config. */
  readonly id: string;
  /** The names with a tag. */
  readonly tags: readonly string[];
  /** The names with a digest. */
  readonly digests: readonly string[];
  /** Whether the kubelet leaves it alone when it frees disk space. */
  readonly pinned: boolean;
}

/** CRI's ImageService of one containerd: what the kubelet calls. */
export class ImageService {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  async list(): Promise<readonly CriImage[]> {
    return messagesOf(await this.#call("ListImages", new Uint8Array())).map(decodeImage);
  }

  /** The image with a name or an id; `undefined` where CRI knows none. */
  async status(name: string): Promise<CriImage | undefined> {
    return messagesOf(await this.#call("ImageStatus", requestFor(name))).map(decodeImage)[0];
  }

  /** Pulls an image, and gives its id. */
  async pull(name: string): Promise<string> {
    const [id] = messagesOf(await this.#call("PullImage", requestFor(name)));
    return Buffer.from(id ?? []).toString();
  }

  /** Removes an image by one of its names or its id; it is no error if there is none. */
  async remove(name: string): Promise<void> {
    await this.#call("RemoveImage", requestFor(name));
  }

  async #call(method: string, message: Uint8Array): Promise<Uint8Array> {
    const path = `/runtime.v1.ImageService/${method}`;
    const reply = await grpcCall(this.#address, path, message, { headers: {} });
    if (reply.code !== 0) throw new Error(`${method}: grpc-status ${reply.code}: ${reply.message}`);
    return reply.body;
  }
}

function requestFor(name: string): Uint8Array {
  const image = new BinaryWriter().tag(1, 2).string(name).finish();
  return new BinaryWriter().tag(1, 2).bytes(image).finish();
}

/** The values of field 1, the only one of these responses that is used. */
function messagesOf(response: Uint8Array): readonly Uint8Array[] {
  return fieldsOf(response).flatMap(({ field, value }) => (field === 1 && typeof value !== "number" ? [value] : []));
}

function decodeImage(message: Uint8Array): CriImage {
  const fields = fieldsOf(message);
  const texts = (wanted: number) =>
    fields.flatMap(({ field, value }) =>
      field === wanted && typeof value !== "number" ? [Buffer.from(value).toString()] : [],
    );
  return {
    id: texts(ID)[0] ?? "",
    tags: texts(REPO_TAGS),
    digests: texts(REPO_DIGESTS),
    pinned: fields.some(({ field, value }) => field === PINNED && value === 1),
  };
}

interface Field {
  readonly field: number;
  /** A number for a varint, bytes for everything else. */
  readonly value: number | Uint8Array;
}

function fieldsOf(message: Uint8Array): readonly Field[] {
  const reader = new BinaryReader(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    fields.push({ field, value: wireType === 0 ? Number(reader.uint64()) : reader.bytes() });
  }
  return fields;
}
