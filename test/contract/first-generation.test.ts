import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Images, UpdateImageRequestSchema } from "../../gen/containerd/services/images/v1/images_pb.js";
import { field, ImagesClient, type ImagesClientOptions, parse, replaceAll } from "../../src/index.js";
import { grpcCall } from "../support/daemon/grpc-call.js";
import { type Server2017, startServer2017 } from "../support/daemon/server-2017.js";
import { descriptor, digest, namesOf, rawDescriptor } from "./records.js";

const epoch = new Date(0);

// An error reports each feature that a server of 2017 does not have; all other features work.
describe("a server with the first shape of the service", () => {
  let server: Server2017;
  let images: ImagesClient;

  beforeEach(async () => {
    server = await startServer2017();
    images = client();
  });
  afterEach(async () => {
    await images.close();
    await server.stop();
  });

  it("get and find give records whose times are the epoch", async () => {
    await store("app:1", "a");
    const target = { ...descriptor("a"), annotations: {} };
    const image = { name: "app:1", labels: {}, target, createdAt: epoch, updatedAt: epoch };
    assert.deepEqual(await images.get("app:1"), image);
    assert.deepEqual(await images.find("app:1"), image);
    assert.equal(await images.find("app:2"), undefined);
    await assert.rejects(images.get("app:2"), { code: "not_found", imageName: "app:2" });
    assert.equal(JSON.parse(JSON.stringify(image)).createdAt, "1970-01-01T00:00:00.000Z");
  });

  it("list gives every record, in order", async () => {
    assert.deepEqual(await images.list(), []);
    for (const name of ["b", "a", "é", "Z"]) await store(name, "a");
    assert.deepEqual(namesOf(await images.list()), ["Z", "a", "b", "é"]);
  });

  it("list filters here what the server does not", async () => {
    for (const [name, hexDigit] of [
      ["docker.io/app:1", "a"],
      ["docker.io/app:2", "b"],
      ["ghcr.io/tool:1", "a"],
    ] as const) {
      await store(name, hexDigit);
    }
    for (const [filter, names] of [
      [field.name.startsWith("docker.io/"), ["docker.io/app:1", "docker.io/app:2"]],
      [field.target.digest.equals(digest("a")).and(field.name.matches("app")), ["docker.io/app:1"]],
      [field.label("env").present(), []],
      [parse("labels.env!=prod,name!=x"), ["docker.io/app:1", "docker.io/app:2", "ghcr.io/tool:1"]],
    ] as const) {
      assert.deepEqual(namesOf(await images.list(filter)), names);
    }
  });

  it("create is unimplemented, and the hint says since when there is one", async () => {
    const creating = images.create({ name: "app:1", target: descriptor("a") });
    await assert.rejects(creating, {
      code: "unimplemented",
      method: "create",
      outcome: "not-applied",
      hint: /containerd 1\.0/,
    });
    assert.deepEqual(await images.list(), []);
  });

  it("update of the target gives the record by a Get", async () => {
    await store("app:1", "a");
    const image = await images.update("app:1", { target: descriptor("b") });
    assert.deepEqual(image, {
      name: "app:1",
      labels: {},
      target: { ...descriptor("b"), annotations: {} },
      createdAt: epoch,
      updatedAt: epoch,
    });
    assert.deepEqual(await images.get("app:1"), image);
    assert.deepEqual(called(), ["Get", "Update", "Get", "Get"]);
  });

  it("an update of anything else is unimplemented, and leaves the record alone", async () => {
    await store("app:1", "a");
    const before = await images.get("app:1");
    for (const patch of [
      { labels: { env: "dev" } },
      { labels: { env: null } },
      { labels: replaceAll({}) },
      { annotations: { a: "1" } },
      { annotations: replaceAll({}) },
      { target: { ...descriptor("b"), annotations: { a: "1" } } },
      { target: descriptor("b"), labels: { env: "dev" } },
    ]) {
      const expected = { code: "unimplemented", method: "update", imageName: "app:1", outcome: "not-applied" };
      await assert.rejects(images.update("app:1", patch), { ...expected, hint: /only the target/ });
    }
    assert.deepEqual(await images.get("app:1"), before);
    assert.ok(!called().includes("Update"));
  });

  it("replace works where there are no labels to keep", async () => {
    await store("app:1", "a");
    const image = await images.replace({ name: "app:1", target: descriptor("b") });
    assert.equal(image.target.digest, digest("b"));
    const labelled = images.replace({ name: "app:1", target: descriptor("c"), labels: { env: "dev" } });
    await assert.rejects(labelled, { code: "unimplemented", method: "replace" });
    assert.equal((await images.get("app:1")).target.digest, digest("b"));
  });

  it("update of a missing record is not_found and creates nothing", async () => {
    for (const [method, updating] of [
      ["update", () => images.update("app:1", { target: descriptor("a") })],
      ["update", () => images.update("app:1", { labels: { env: "dev" } })],
      ["replace", () => images.replace({ name: "app:1", target: descriptor("a") })],
    ] as const) {
      await assert.rejects(updating(), {
        code: "not_found",
        method,
        imageName: "app:1",
        outcome: "not-applied",
      });
    }
    assert.deepEqual(await images.list(), []);
    assert.ok(!called().includes("Update"));
  });

  it("delete works", async () => {
    await store("app:1", "a");
    assert.equal(await images.delete("app:1"), true);
    await assert.rejects(images.delete("app:1"), { code: "not_found" });
    assert.equal(await images.delete("app:1", { ignoreMissing: true, sync: true }), false);
  });

  it("delete with ifTarget is refused and not sent, unless it falls back", async () => {
    await store("app:1", "a");
    const expected = { code: "failed_precondition", method: "delete", attempts: 0, hint: /containerd 2\.0/ };
    await assert.rejects(images.delete("app:1", { ifTarget: { digest: digest("a") } }), expected);
    assert.ok(!called().includes("Delete"));
    const fallback = "check-then-delete";
    await assert.rejects(images.delete("app:1", { ifTarget: { digest: digest("b"), fallback } }), {
      code: "failed_precondition",
      message: new RegExp(digest("a")),
    });
    assert.equal(await images.delete("app:1", { ifTarget: { digest: digest("a"), fallback } }), true);
  });

  it("sourceDateEpoch is refused and not sent", async () => {
    await store("app:1", "a");
    const expected = { code: "failed_precondition", attempts: 0, hint: /containerd 1\.7/ };
    const options = { sourceDateEpoch: epoch };
    await assert.rejects(images.create({ name: "app:2", target: descriptor("a") }, options), expected);
    await assert.rejects(images.replace({ name: "app:1", target: descriptor("b") }, options), expected);
    assert.deepEqual([called().includes("Create"), called().includes("Update")], [false, false]);
  });

  it("raw has the same protection", async () => {
    await store("app:1", "a");
    const labels = { image: { name: "app:1", labels: { env: "dev" } }, updateMask: { paths: ["labels"] } };
    await assert.rejects(images.raw.update(labels), { code: "unimplemented" });
    const missing = { image: { name: "app:2", target: rawDescriptor("a") } };
    await assert.rejects(images.raw.update(missing), { code: "not_found" });
    const { image } = await images.raw.update({ image: { name: "app:1", target: rawDescriptor("b", 5n) } });
    assert.deepEqual([image?.target?.size, image?.createdAt], [5n, undefined]);
    await assert.rejects(images.raw.update({}), { code: "unknown" });
    assert.deepEqual(namesOf(await images.list()), ["app:1"]);
  });

  it("its old rule for namespaces is its own to tell", async () => {
    await assert.rejects(client({ namespace: "UPPER" }).list(), { code: "invalid_argument", namespace: "UPPER" });
  });

  function client(options: Partial<ImagesClientOptions> = {}): ImagesClient {
    return new ImagesClient({ namespace: "default", address: server.address, ...options });
  }

  // On this server only an update creates a record, and the client updates only existing records. So this call does not
  // use the client.
  async function store(name: string, hexDigit: string): Promise<void> {
    const request = create(UpdateImageRequestSchema, { image: { name, target: rawDescriptor(hexDigit) } });
    const headers = { "containerd-namespace": "default" };
    const message = toBinary(UpdateImageRequestSchema, request);
    assert.equal((await grpcCall(server.address, `/${Images.typeName}/Update`, message, { headers })).code, 0);
  }

  /** Methods of the service that the client has called. */
  function called(): string[] {
    return server.requests
      .filter(({ headers, path }) => headers["user-agent"] !== undefined && path.includes(Images.typeName))
      .map(({ path }) => path.split("/").at(-1) ?? "");
  }
});
