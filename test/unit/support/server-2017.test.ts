import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  GetImageResponseSchema,
  type ImageSchema,
  ListImagesRequestSchema,
  ListImagesResponseSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { type GrpcReply, grpcCall } from "../../support/daemon/grpc-call.js";
import { type Server2017, startServer2017 } from "../../support/daemon/server-2017.js";

const digest = `sha256:${"a".repeat(64)}`;
const target = { mediaType: "text/plain", digest, size: 3n };

describe("the server of 2017", () => {
  let server: Server2017;

  beforeEach(async () => {
    server = await startServer2017();
  });
  afterEach(() => server.stop());

  it("creates and moves a record by Update, and answers an image with only an empty target", async () => {
    const { code, body } = await update({ name: "a:1", target });
    assert.equal(code, 0);
    assert.deepEqual([...body], [0x0a, 0x02, 0x1a, 0x00]);
    await update({ name: "a:1", target: { ...target, size: 4n } });
    assert.equal((await get("a:1"))?.target?.size, 4n);
  });

  it("keeps neither labels nor annotations nor timestamps", async () => {
    const [createdAt, annotations] = [{ seconds: 1n }, { b: "2" }];
    await update({ name: "a:1", labels: { a: "1" }, target: { ...target, annotations }, createdAt });
    const image = await get("a:1");
    assert.deepEqual(image?.labels, {});
    assert.deepEqual(image.target?.annotations, {});
    assert.equal(image.createdAt, undefined);
    assert.equal(image.updatedAt, undefined);
  });

  it("validates nothing, and knows no mask", async () => {
    const image = { name: "junk", target: { digest: "nonsense", size: -5n } };
    const request = create(UpdateImageRequestSchema, { image, updateMask: { paths: ["labels.x", "no such"] } });
    assert.equal((await call("Update", toBinary(UpdateImageRequestSchema, request))).code, 0);
    assert.equal((await get("junk"))?.target?.size, -5n);
    assert.equal((await update({ name: "empty", target: {} })).code, 0);
    assert.equal((await get("empty"))?.target?.digest, "");
  });

  it("refuses an Update without a name as bolt did", async () => {
    for (const message of [new Uint8Array(), updateMessage({ target })]) {
      const { code, message: text } = await call("Update", message);
      assert.equal(code, 2);
      assert.equal(text, "bucket name required");
    }
  });

  it("lists all of the namespace by the bytes of the names, whatever the filter", async () => {
    for (const name of ["b", "é", "Z", "a"]) await update({ name, target });
    await update({ name: "other", target }, "elsewhere");
    assert.deepEqual(await list(["name==b"]), ["Z", "a", "b", "é"]);
    assert.deepEqual(await list(['not a "filter']), ["Z", "a", "b", "é"]);
    assert.deepEqual(await list([], "elsewhere"), ["other"]);
    assert.deepEqual(await list([], "never-seen"), []);
  });

  it("deletes whatever sync and target say, and says what is not there", async () => {
    await update({ name: "a:1", target });
    const other = { ...target, digest: `sha256:${"b".repeat(64)}` };
    const request = create(DeleteImageRequestSchema, { name: "a:1", sync: true, target: other });
    const message = toBinary(DeleteImageRequestSchema, request);
    assert.deepEqual(await call("Delete", message).then(outcome), { code: 0, message: "" });
    assert.deepEqual(await call("Delete", message).then(outcome), { code: 5, message: "image a:1 not found" });
    assert.deepEqual(await call("Get", getMessage("ü%")).then(outcome), { code: 5, message: "image ü% not found" });
  });

  it("has no Create, and no other service", async () => {
    assert.deepEqual(await call("Create").then(outcome), { code: 12, message: "unknown method Create" });
    const version = await grpcCall(server.address, "/containerd.services.version.v1.Version/Version");
    const message = "unknown service containerd.services.version.v1.Version";
    assert.deepEqual(outcome(version), { code: 12, message });
  });

  it("wants a namespace of that time's form, of any length", async () => {
    const missing = 'namespace required, please set "containerd-namespace" header';
    const headers = {};
    const path = "/containerd.services.images.v1.Images/List";
    const without = await grpcCall(server.address, path, undefined, { headers });
    assert.deepEqual(outcome(without), { code: 3, message: missing });
    assert.deepEqual(await call("List", undefined, "").then(outcome), { code: 3, message: missing });
    for (const bad of ["Upper", "a", "1a", "a_b", "a.b", "aa-", "-aa"]) {
      assert.equal((await call("List", undefined, bad)).code, 3, bad);
    }
    for (const good of ["default", "k8s.io", "aa--bb", "a".repeat(200)]) {
      assert.equal((await call("List", undefined, good)).code, 0, good);
    }
  });

  it("records what it was asked, byte for byte", async () => {
    const message = getMessage("a:1");
    await call("Get", message);
    await call("Create", Uint8Array.of(1, 2, 3));
    assert.deepEqual(
      server.requests.map((request) => [request.path, [...request.message]]),
      [
        ["/containerd.services.images.v1.Images/Get", [...message]],
        ["/containerd.services.images.v1.Images/Create", [1, 2, 3]],
      ],
    );
    assert.equal(server.requests[0]?.headers["containerd-namespace"], "test");
  });

  it("takes its socket with it, also under a client", async () => {
    await using other = await startServer2017();
    const [pending] = await Promise.allSettled([
      grpcCall(other.address, "/containerd.services.images.v1.Images/List"),
      other.stop(),
    ]);
    assert.ok(pending.status === "rejected" || pending.value.code === 0);
    assert.ok(!existsSync(other.socketPath));
  });

  async function call(method: string, message: Uint8Array = new Uint8Array(), namespace = "test"): Promise<GrpcReply> {
    const path = `/containerd.services.images.v1.Images/${method}`;
    return grpcCall(server.address, path, message, { headers: { "containerd-namespace": namespace } });
  }

  function update(image: MessageInitShape<typeof ImageSchema>, namespace?: string): Promise<GrpcReply> {
    return call("Update", updateMessage(image), namespace);
  }

  async function get(name: string) {
    return fromBinary(GetImageResponseSchema, (await call("Get", getMessage(name))).body).image;
  }

  async function list(filters: string[], namespace?: string): Promise<string[]> {
    const message = toBinary(ListImagesRequestSchema, create(ListImagesRequestSchema, { filters }));
    const { body } = await call("List", message, namespace);
    return fromBinary(ListImagesResponseSchema, body).images.map(({ name }) => name);
  }
});

function updateMessage(image: MessageInitShape<typeof ImageSchema>): Uint8Array {
  return toBinary(UpdateImageRequestSchema, create(UpdateImageRequestSchema, { image }));
}

function getMessage(name: string): Uint8Array {
  return toBinary(GetImageRequestSchema, create(GetImageRequestSchema, { name }));
}

function outcome({ code, message }: GrpcReply): { code: number; message: string } {
  return { code, message };
}
