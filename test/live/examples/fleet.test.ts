import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { type Certificates, makeCertificates } from "../../support/daemon/certificates.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { startProxy } from "../../support/daemon/proxy.js";
import { startProgram } from "../../support/programs/program.js";

const name = "example.com/app:1";
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digest("a"), size: 1 };

describe("live-table", () => {
  it("shows what is there, keeps up, and ends with Ctrl-C", async () => {
    await using daemon = await startDaemon("2.x");
    await using images = new ImagesClient({ namespace: "table", address: daemon.address });
    await images.create({ name, target, labels: { env: "dev" } });
    await using table = await startProgram("examples/live-table.ts", {
      CONTAINERD_ADDRESS: daemon.address,
      CONTAINERD_NAMESPACE: "table",
    });
    await table.prints(/NAME +DIGEST +UPDATED +LABELS\nexample\.com\/app:1 aaaaaaaaaaaa \d{4}-.* env\n1 images/);
    await images.update(name, { labels: { tested: "yes" } });
    await table.prints(/ env tested\n1 images/);
    await images.delete(name);
    await table.prints(/LABELS\n0 images/);
    assert.deepEqual(await table.end("SIGINT"), { code: 0, signal: null });
  });
});

describe("many-nodes", () => {
  let daemons: Daemon[];
  let clients: ImagesClient[];
  let certificates: Certificates;
  let folder: string;
  before(async () => {
    daemons = await Promise.all([startDaemon("2.x"), startDaemon("1.7")]);
    clients = daemons.map(({ address }) => new ImagesClient({ namespace: "fleet", address }));
    certificates = await makeCertificates();
    folder = mkdtempSync(join(tmpdir(), "fleet-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    for (const client of clients) await client.close();
    for (const daemon of daemons) await daemon.stop();
  });

  const pem = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
    return join(folder, file);
  };

  it("compares an image over TLS endpoints, and names those that do not answer", async () => {
    const tls = { server: certificates.server, clientCa: certificates.ca };
    const proxies = await Promise.all(daemons.map((daemon) => startProxy(daemon, { tls })));
    const [one, two] = proxies.map(({ address }) => address);
    const compare = async (...nodes: (string | undefined)[]) => {
      await using program = await startProgram("examples/many-nodes.ts", {
        IMAGE: name,
        NODES: nodes.join(" "),
        CONTAINERD_NAMESPACE: "fleet",
        CONTAINERD_TLS_CA: pem("ca.pem", certificates.ca),
        CONTAINERD_TLS_CERT: pem("cert.pem", certificates.client.cert),
        CONTAINERD_TLS_KEY: pem("key.pem", certificates.client.key),
      });
      return { code: (await program.end()).code, output: program.output() };
    };
    try {
      for (const client of clients) await client.upsert({ name, target });
      const same = await compare(one, two);
      assert.equal(same.code, 0, same.output);
      assert.deepEqual(
        same.output.trim().split("\n").sort(),
        [`${one} ${target.digest}`, `${two} ${target.digest}`, `2 ${target.digest}`].sort(),
      );

      await clients[1]?.update(name, { target: { ...target, digest: digest("b") } });
      const different = await compare(one, two, "https://localhost:1");
      assert.equal(different.code, 2); // one is unknown
      assert.match(different.output, new RegExp(`${two} ${digest("b")}`));
      assert.match(different.output, /https:\/\/localhost:1 unknown: .*ECONNREFUSED/);
    } finally {
      for (const proxy of proxies) await proxy.stop();
    }
  });

  it("finds an image by the name that people type, and a record by its own name", async () => {
    const [daemon] = daemons;
    const fleet = clients[0]?.withNamespace("typed");
    const config = digest("c"); // CRI also names records so
    await fleet?.create({ name: "docker.io/library/typed:latest", target });
    await fleet?.create({ name: config, target });
    const states = [];
    for (const image of ["typed", "docker.io/library/typed:latest", config, "absent", "ghcr.io/NO"]) {
      await using program = await startProgram("examples/many-nodes.ts", {
        CONTAINERD_ADDRESS: daemon?.address ?? "",
        CONTAINERD_NAMESPACE: "typed",
        IMAGE: image,
      });
      await program.end();
      states.push(program.output().trim().replace("this node ", ""));
    }
    assert.deepEqual(states, [target.digest, target.digest, target.digest, "absent", "absent"]);
  });

  it("runs beside a containerd as the DaemonSet runs it", async () => {
    const manifest = readFileSync(new URL("../../../examples/daemonset.yaml", import.meta.url), "utf8");
    const given = ["CONTAINERD_ADDRESS", "CONTAINERD_NAMESPACE", "NODE_NAME", "IMAGE", "EVERY_S"];
    for (const variable of given) assert.match(manifest, new RegExp(`- name: ${variable}\n`));
    await clients[0]?.upsert({ name, target });
    const [daemon] = daemons;
    await using program = await startProgram("examples/many-nodes.ts", {
      CONTAINERD_ADDRESS: daemon?.address ?? "",
      CONTAINERD_NAMESPACE: "fleet",
      NODE_NAME: "node-7",
      IMAGE: name,
      EVERY_S: "0.2",
    });
    await program.prints(new RegExp(`(node-7 ${target.digest}\n){2}`));
    assert.deepEqual(await program.end("SIGTERM"), { code: 0, signal: null });
  });
});
