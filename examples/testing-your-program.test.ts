// Tests a program that uses containerd-images, without root and without a daemon: node --test finds this file.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { field, ImagesClient, isImagesError, isNotFound } from "containerd-images";
import { InMemoryImages } from "containerd-images/testing";

// The program: it moves the name "stable" to a release, and deletes releases that were abandoned.

async function release(images: ImagesClient, version: string): Promise<void> {
  const { target } = await images.get(`app:${version}`);
  await images.upsert({ name: "app:stable", target }, { labels: "merge" });
}

async function forgetGivenUp(images: ImagesClient): Promise<string[]> {
  const givenUp = await images.list(field.label("state").equals("given-up"));
  for (const { name, target } of givenUp) await images.delete(name, { ifTarget: { digest: target.digest } });
  return givenUp.map(({ name }) => name);
}

// Its tests.

const target = (fill: string) => ({
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${fill.repeat(64)}`,
  size: 1,
});

describe("release", () => {
  let service: InMemoryImages;
  let images: ImagesClient;

  beforeEach(() => {
    service = new InMemoryImages(); // behaves like containerd 2.1; use { version: "1.7" } for an older one
    images = new ImagesClient({ namespace: "default", transport: service.transport });
    service.seed([
      { name: "app:1", target: target("1") },
      { name: "app:2", target: target("2") },
      { name: "app:stable", target: target("1"), labels: { team: "web" } },
    ]);
  });

  it("moves stable and keeps its labels", async () => {
    await release(images, "2");
    const stable = service.snapshot().find(({ name }) => name === "app:stable");
    assert.equal(stable?.target.digest, target("2").digest);
    assert.deepEqual(stable?.labels, { team: "web" });
  });

  it("leaves stable alone when there is no such release", async () => {
    await assert.rejects(release(images, "3"), isNotFound);
    assert.deepEqual(
      service.calls.map(({ method }) => method),
      ["get"],
    );
  });

  it("survives a lost answer", async () => {
    service.failNext("update", "drop-after-commit");
    await release(images, "2");
    assert.equal((await images.get("app:stable")).target.digest, target("2").digest);
  });

  it("gives up when the daemon stays away", async () => {
    const impatient = images.withRetry({ baseDelayMs: 0 });
    service.failNext("*", "unavailable", { times: Number.POSITIVE_INFINITY }); // until service.recover()
    await assert.rejects(release(impatient, "2"), (error) => isImagesError(error) && error.code === "unavailable");
  });
});

describe("forgetGivenUp", () => {
  it("deletes what is marked, and sends nothing that would harm a daemon", async () => {
    const service = new InMemoryImages({ version: "2.1" });
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    service.seed([
      { name: "app:1", target: target("1"), labels: { state: "given-up" } },
      { name: "app:2", target: target("2") },
    ]);
    assert.deepEqual(await forgetGivenUp(images), ["app:1"]);
    assert.deepEqual(
      service.snapshot().map(({ name }) => name),
      ["app:2"],
    );
    assert.deepEqual(service.crashes, []);
  });
});
