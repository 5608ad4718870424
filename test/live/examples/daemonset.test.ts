import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { descriptor } from "../../contract/records.js";
import { startDaemon } from "../../support/daemon/daemon.js";
import { root } from "../docs/snippets.js";
import { type Built, build } from "./dockerfile.js";
import { readManifest, unknownFields } from "./kubectl.js";
import { Manifest } from "./manifest.js";

describe("daemonset.yaml", () => {
  let documents: readonly unknown[];
  before(async () => {
    documents = await readManifest(join(root, "examples/daemonset.yaml"));
  });

  it("has no field or value that we do not know", () => {
    const [priority, { metadata, spec }] = Manifest.parse(documents);
    assert.equal(spec.template.spec.priorityClassName, priority.metadata.name);
    assert.deepEqual(spec.selector.matchLabels, metadata.labels);
    assert.deepEqual(spec.template.metadata.labels, metadata.labels);
    const { volumes, containers } = spec.template.spec;
    assert.deepEqual(
      containers[0].volumeMounts.map(({ name, mountPath }) => [name, mountPath]),
      volumes.map(({ name, hostPath }) => [name, hostPath.path]),
    );
  });

  it("has no field that Kubernetes' own types do not know", async () => {
    const [, workload] = documents;
    assert.deepEqual(await unknownFields(workload), []);
  });

  for (const [known, unknown, place] of [
    ["priorityClassName", "priorityClasName", "/spec/template/spec/priorityClasName"],
    ["readOnly", "readonly", "/spec/template/spec/containers/0/volumeMounts/0/readonly"],
    ["seccompProfile", "seccomp", "/spec/template/spec/containers/0/securityContext/seccomp"],
  ] as const) {
    it(`would not pass with ${unknown} in place of ${known}`, async () => {
      const changed: unknown[] = JSON.parse(JSON.stringify(documents).replace(`"${known}":`, `"${unknown}":`));
      const [, workload] = changed;
      assert.match(Manifest.safeParse(changed).error?.message ?? "", new RegExp(`Unrecognized key: .*${unknown}`));
      assert.deepEqual(await unknownFields(workload), [place]);
    });
  }
});

describe("the image that the Dockerfile makes", () => {
  let folder: string;
  let built: Built;
  const children = new Set<ChildProcess>();
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "image-"));
    built = await build(join(root, "examples/Dockerfile"), folder);
  });
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  /** The first process of a namespace of its own, as in a container: it ignores the signals that it does not handle. */
  function startFirstProcess(command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const namespace = ["--pid", "--fork", "--mount-proc", "--kill-child"];
    const child = spawn("unshare", [...namespace, ...command], {
      cwd: built.workdir,
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.add(child);
    return child;
  }

  it("starts with the command of the DaemonSet", async () => {
    const [, { spec }] = Manifest.parse(await readManifest(join(root, "examples/daemonset.yaml")));
    assert.deepEqual(built.command, spec.template.spec.containers[0].command);
  });

  it("runs beside a containerd as its first process, and ends at once with SIGTERM", async () => {
    await using daemon = await startDaemon("2.x");
    await using images = new ImagesClient({ namespace: "k8s.io", address: daemon.address });
    await images.create({ name: "registry.k8s.io/pause:3.10", target: descriptor("a") });
    const [, { spec }] = Manifest.parse(await readManifest(join(root, "examples/daemonset.yaml")));
    const given = spec.template.spec.containers[0].env.map(({ name, value = "node-7" }) => [name, value]);
    const program = startFirstProcess(built.command, {
      ...Object.fromEntries(given),
      CONTAINERD_ADDRESS: daemon.address,
    });
    const [line] = await once(program.stdout ?? program, "data");
    assert.equal(String(line), `node-7 ${descriptor("a").digest}\n`);
    const pid = Number(readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, "utf8"));
    const startedMs = performance.now();
    process.kill(pid, "SIGTERM");
    const [code] = await once(program, "exit");
    assert.equal(code, 0);
    // Without a handler it would go on until Kubernetes kills it after 30 s. It takes some 30 ms.
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 5_000, `it took ${tookMs} ms`);
  });
});
