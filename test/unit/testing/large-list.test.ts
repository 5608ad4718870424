import assert from "node:assert/strict";
import { it } from "node:test";
import { field, ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const COUNT = 3_000;
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const names = Array.from({ length: COUNT }, (_, index) => `app:${String(index).padStart(4, "0")}`);

async function turnsDuring(act: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await act();
  isDone = true;
  return turns;
}

it("a list of many records is made in parts, between which the event loop runs", async () => {
  const service = new InMemoryImages();
  service.seed(names.map((name) => ({ name, target })));
  await using images = new ImagesClient({ namespace: "default", transport: service.transport });
  await images.get("app:0000"); // loads what the first call loads
  const turns = await turnsDuring(async () => {
    const found = await images.list();
    assert.deepEqual(
      found.map(({ name }) => name),
      names,
    );
  });
  assert.ok(turns >= COUNT / 500, `${turns} turns`);
});

it("a list of many records has those that match, also if a part has none", async () => {
  const service = new InMemoryImages();
  service.seed(names.map((name) => ({ name, target })));
  await using images = new ImagesClient({ namespace: "default", transport: service.transport });
  assert.deepEqual(
    (await images.list(field.name.oneOf("app:0001", "app:2999"))).map(({ name }) => name),
    ["app:0001", "app:2999"],
  );
});
