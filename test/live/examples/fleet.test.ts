import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { type Certificates, makeCertificates } from "../../support/daemon/certificates.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { startProxy } from "../../support/daemon/proxy.js";

const name = "example.com/app:1";
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digest("a"), size: 1 };

const children = new Set<ChildProcess>();
// What a failed test leaves behind would keep its output open, and with it whoever reads that.
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A program of this repository, as a user would start it. */
function start(program: string, env: Readonly<Record<string, string>>) {
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", `examples/${program}.ts`], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    child,
    output: () => output,
    /** Waits until the output matches. */
    async prints(pattern: RegExp): Promise<void> {
      const ended = once(child, "close").then(() => assert.fail(`ended before it printed ${pattern}: ${output}`));
      while (!pattern.test(output)) await Promise.race([once(child.stdout ?? child, "data"), ended]);
    },
    async exit(): Promise<number | null> {
      if (child.exitCode === null) await once(child, "close");
      return child.exitCode;
    },
  };
}

describe("live-table", () => {
  it("shows what is there, keeps up, and ends with Ctrl-C", async () => {
    await using daemon = await startDaemon("2.x");
    await using images = new ImagesClient({ namespace: "table", address: daemon.address });
    await images.create({ name, target, labels: { env: "dev" } });
    const table = start("live-table", { CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: "table" });
    await table.prints(/NAME +DIGEST +UPDATED +LABELS\nexample\.com\/app:1 aaaaaaaaaaaa \d{4}-.* env\n1 images/);
    await images.update(name, { labels: { tested: "yes" } });
    await table.prints(/ env tested\n1 images/);
    await images.delete(name);
    await table.prints(/LABELS\n0 images/);
    table.child.kill("SIGINT");
    assert.equal(await table.exit(), 0);
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
      const program = start("many-nodes", {
        IMAGE: name,
        NODES: nodes.join(" "),
        CONTAINERD_NAMESPACE: "fleet",
        CONTAINERD_TLS_CA: pem("ca.pem", certificates.ca),
        CONTAINERD_TLS_CERT: pem("cert.pem", certificates.client.cert),
        CONTAINERD_TLS_KEY: pem("key.pem", certificates.client.key),
      });
      return { code: await program.exit(), output: program.output() };
    };
    try {
      for (const client of clients) await client.upsert({ name, target });
      const same = await compare(one, two);
      assert.equal(same.code, 0, same.output);
      assert.deepEqual(
        same.output.trim().split("\n").sort(),
        [`${one} ${target.digest}`, `${two} ${target.digest}`].sort(),
      );

      await clients[1]?.update(name, { target: { ...target, digest: digest("b") } });
      const different = await compare(one, two, "https://localhost:1");
      assert.equal(different.code, 1);
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
      const program = start("many-nodes", {
        CONTAINERD_ADDRESS: daemon?.address ?? "",
        CONTAINERD_NAMESPACE: "typed",
        IMAGE: image,
      });
      await program.exit();
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
    const program = start("many-nodes", {
      CONTAINERD_ADDRESS: daemon?.address ?? "",
      CONTAINERD_NAMESPACE: "fleet",
      NODE_NAME: "node-7",
      IMAGE: name,
      EVERY_S: "0.2",
    });
    await program.prints(new RegExp(`(node-7 ${target.digest}\n){2}`));
    program.child.kill("SIGTERM");
    assert.equal(await program.exit(), 0);
  });
});
