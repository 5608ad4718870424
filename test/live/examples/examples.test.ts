import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ImagesClient, printable } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { makeCertificates } from "../../support/daemon/certificates.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { grpcCall } from "../../support/daemon/grpc-call.js";
import { startProxy } from "../../support/daemon/proxy.js";
import { run } from "../../support/programs/run.js";

const DIGEST = `sha256:${"a".repeat(64)}`;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: DIGEST, size: 1 };

describe("examples, on a real containerd", () => {
  let daemon: Daemon;
  let images: ImagesClient;
  const namespace = "examples";

  before(async () => {
    daemon = await startDaemon("2.x");
    images = new ImagesClient({ namespace, address: daemon.address });
  });
  after(async () => {
    await images.close();
    await daemon.stop();
  });

  const example = async (name: string, env: Readonly<Record<string, string>> = {}, ...args: string[]) =>
    run(`examples/${name}.ts`, { CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: namespace, ...env }, args);
  const assertNothingLeft = async () => assert.deepEqual(await images.list(), []);

  it("quickstart creates, labels and deletes", async () => {
    const output = await example("quickstart");
    assert.match(output, /created example\.com\/quickstart:1 \d{4}-/);
    assert.match(output, /labels \{ (?:env: 'prod', owner: 'ci'|owner: 'ci', env: 'prod') \}/); // sent in any order
    assert.match(output, /found after the delete: undefined/);
    await assertNothingLeft();
  });

  it("list-with-filter lists what the filter matches", async () => {
    const output = await example("list-with-filter");
    const matched = [...output.matchAll(/matched (\S+) true/g)].map(([, name]) => name);
    assert.deepEqual(matched, ["example.com/db:1", "example.com/web:2"]);
    await assertNothingLeft();
  });

  it("those that print names escape what a terminal would obey", async () => {
    const name = "example.com/\x1b[2J\u009b1m\u202e:1";
    await images.create({ name, target, labels: { odd: "yes" } });
    await images.create({ name: "mirror/gone\x1b[2J", target });
    const outputs = [
      await example("prune", {}, "odd", "0"),
      await example("mirror-tags", {}, "example.com/", "mirror/"),
    ];
    const escaped = String.raw`example.com/\u001b[2J\u009b1m\u202e:1`;
    assert.ok(outputs[0]?.includes(`would-delete ${escaped}`), outputs[0]);
    assert.ok(outputs[1]?.includes(String.raw`deleted mirror/gone\u001b[2J`), outputs[1]);
    for (const output of outputs) assert.equal(printable(output.replaceAll("\n", "")), output.replaceAll("\n", ""));
    await images.deleteMany(await images.list());
  });

  it("tag-and-label keeps both writers' labels", async () => {
    const output = await example("tag-and-label");
    assert.match(output, /example\.com\/tagged:stable \{ promoted: 'yes' \} true/);
    await assertNothingLeft();
  });

  it("conditional-delete keeps what was moved and deletes what was not", async () => {
    const output = await example("conditional-delete");
    assert.match(output, /kept: .*points at sha256:1{64}, not sha256:0{64}/);
    assert.match(output, /deleted at sha256:1{64}/);
    await assertNothingLeft();
  });

  it("tls-endpoint lists through a proxy that asks for a certificate", async () => {
    const certificates = await makeCertificates();
    const tls = { server: certificates.server, clientCa: certificates.ca };
    await using proxy = await startProxy(daemon, { tls });
    const folder = mkdtempSync(join(tmpdir(), "tls-example-"));
    const pem = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    await images.create({ name: "example.com/remote:1", target });
    try {
      const output = await example("tls-endpoint", {
        CONTAINERD_ADDRESS: proxy.address,
        CONTAINERD_TLS_CA: pem("ca.pem", certificates.ca),
        CONTAINERD_TLS_CERT: pem("cert.pem", certificates.client.cert),
        CONTAINERD_TLS_KEY: pem("key.pem", certificates.client.key),
      });
      assert.match(output, /1 records over TLS\nexample\.com\/remote:1 sha256:a{64}/);
    } finally {
      rmSync(folder, { recursive: true });
      await images.delete("example.com/remote:1");
    }
  });

  it("own-transport works without a daemon", async () => {
    const output = await example("own-transport", { CONTAINERD_ADDRESS: "/nowhere.sock" });
    assert.match(output, /example\.com\/in-memory:1 \d{4}-/);
  });

  it("npm start shows the client on the daemon and leaves nothing behind, not even its namespace", async () => {
    const output = await example("start");
    assert.match(output, new RegExp(`On the containerd at ${daemon.address}`));
    for (const step of ["created", "labelled", "tagged", "listed", "deleted", "removed"])
      assert.match(output, new RegExp(`^${step} `, "m"));
    assert.deepEqual(await images.withNamespace("containerd-images-demo").list(), []);
    const { body } = await grpcCall(daemon.address, "/containerd.services.namespaces.v1.Namespaces/List");
    assert.doesNotMatch(Buffer.from(body).toString(), /containerd-images-demo/);
  });

  it("npm start keeps the namespace, and says so, if the way to the daemon passes only images on", async () => {
    await using onlyImages = new InMemoryImages();
    onlyImages.failNext("namespaces", "unimplemented", { times: Infinity });
    const { address } = await onlyImages.listen("127.0.0.1:0");
    const output = await example("start", { CONTAINERD_ADDRESS: address });
    assert.match(output, /^kept {6}the empty namespace: .*unimplemented/m);
  });

  it("npm start falls back to the service in memory and says so", async () => {
    const output = await example("start", { CONTAINERD_ADDRESS: "/nowhere/containerd.sock" });
    assert.match(output, /containerd cannot be used: .*\/nowhere\/containerd\.sock/);
    assert.match(output, /there is no such socket: is containerd running/);
    assert.match(output, /On the built-in service in memory/);
    assert.match(output, /^deleted {3}both; 0 records are left/m);
  });

  it("npm start falls back to it also where only reads are allowed", async () => {
    await using readOnly = new InMemoryImages();
    for (const method of ["create", "update", "delete"] as const)
      readOnly.failNext(method, "permission_denied", { times: Infinity });
    const { address } = await readOnly.listen("127.0.0.1:0");
    const output = await example("start", { CONTAINERD_ADDRESS: address });
    assert.match(output, /containerd cannot be used: delete .*permission_denied/);
    assert.match(output, /^deleted {3}both; 0 records are left/m);
  });
});
