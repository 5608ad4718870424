import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { eventually } from "../../support/eventually.js";
import { startProgram } from "../../support/programs/program.js";

const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 };

/** Starts the exporter for these records; gives the URL that it serves. */
async function start(service: InMemoryImages) {
  const { address } = await service.listen("127.0.0.1:0");
  const env = { CONTAINERD_ADDRESS: address, CONTAINERD_NAMESPACE: "k8s.io", PORT: "0" };
  const program = await startProgram("examples/prometheus.ts", env);
  await program.prints(/port: \d+/);
  return { program, url: `http://127.0.0.1:${/port: (\d+)/.exec(program.output())?.[1]}` };
}

describe("examples/prometheus.ts", () => {
  it("serves the counters of the client and the number of records", async () => {
    await using service = new InMemoryImages();
    service.seed(["a", "b"].map((name) => ({ namespace: "k8s.io", name, target })));
    service.failNext("list", "unavailable");
    const { program: started, url } = await start(service);
    await using program = started;

    const scraped = await fetch(`${url}/metrics`);
    assert.match(scraped.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const lines = (await scraped.text()).split("\n");
    for (const line of [
      'containerd_images_attempts_total{method="list",code="unavailable",evidence="answered"} 1',
      'containerd_images_attempts_total{method="list",code="ok",evidence="answered"} 1',
      'containerd_images_call_duration_seconds_count{method="list",code="ok"} 1',
      "containerd_images_records 2",
    ])
      assert.ok(lines.includes(line), `${line} is missing in\n${lines.join("\n")}`);
    const syncedAt = Number(lines.find((line) => line.startsWith("containerd_images_last_synced_"))?.split(" ")[1]);
    assert.ok(syncedAt > 1_700_000_000);
    assert.equal((await fetch(url)).status, 404);

    assert.deepEqual(await program.end("SIGTERM"), { code: 0, signal: null });
  });

  it("fails scrapes when the number of records is not known any more", async () => {
    await using service = new InMemoryImages();
    const { program: started, url } = await start(service);
    await using program = started;
    service.failNext("get", "permission_denied");
    await using images = new ImagesClient({ namespace: "k8s.io", transport: service.transport });
    await images.create({ name: "a", target }); // its event makes the exporter read the record

    await eventually(async () => assert.equal((await fetch(`${url}/metrics`)).status, 500));
    assert.deepEqual(await program.end("SIGTERM"), { code: 0, signal: null });
  });
});
