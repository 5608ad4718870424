import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "@bufbuild/protobuf";
import { type Image, ImagesClient, type NewDescriptor, type NewImage, replaceAll } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { counterparts } from "../../support/raw-cases/versions.js";
import { configDigestOf, storeContent } from "../truth/content.js";
import { Side, seen, subscribed, until } from "./side.js";

const LABEL = "io.cri-containerd.image";
const managed = { [LABEL]: "managed" };

describe("the CRI plugin", { concurrency: true }, () => {
  for (const version of versions) {
    it(`of containerd ${version} writes the same records and publishes the same events as in memory`, async () => {
      await using daemon = await startDaemon(version, { hasCri: true });
      const [first, second] = [await stored(daemon, "first"), await stored(daemon, "second")];
      const configDigests = Object.fromEntries([first, second].map(({ target, id }) => [target.digest, id]));
      await using service = new InMemoryImages({ version: counterparts[version].profile, cri: { configDigests } });
      await using server = await service.listen("127.0.0.1:0");
      const [expected, actual] = await Promise.all([
        scenario(daemon.address, first, second),
        scenario(server.address, first, second),
      ]);
      assert.deepEqual(actual, expected);
      assert.ok(expected.some(({ records }) => records.some(({ name }) => name === first.id)));
    });
  }
});

interface StoredImage {
  readonly target: NewDescriptor;
  /** The digest of its config. */
  readonly id: string;
}

async function stored(daemon: Awaited<ReturnType<typeof startDaemon>>, title: string): Promise<StoredImage> {
  return { target: await storeContent(daemon, "k8s.io", title), id: configDigestOf(title) };
}

/** What a client writes, one step after the other; after each, CRI's label is on the record that is named. */
function stepsOf(images: ImagesClient, { target, id }: StoredImage, other: StoredImage) {
  const update = (name: string, patch: Parameters<ImagesClient["update"]>[1]) => () => images.update(name, patch);
  return {
    "a record is created": ["app:1", () => images.create({ name: "app:1", target, labels: { env: "prod" } })],
    "a second one of the same content": ["app:2", () => images.create({ name: "app:2", target })],
    "the label is removed": ["app:1", update("app:1", { labels: { [LABEL]: null } })],
    "all labels are replaced": ["app:1", update("app:1", { labels: replaceAll({ env: "dev" }) })],
    "the label is changed": ["app:1", update("app:1", { labels: { [LABEL]: "mine" } })],
    "another label is set": ["app:1", update("app:1", { labels: { tier: "1" } })],
    "the target moves": ["app:1", update("app:1", { target: other.target })],
    "the record of the config is deleted": ["app:2", () => images.delete(id)],
    "then the label is removed": ["app:2", update("app:2", { labels: { [LABEL]: null } })],
    "the label of the config's record is removed": [id, update(id, { labels: { [LABEL]: null } })],
    "a record with the label is created": [
      "app:3",
      () => images.create({ name: "app:3", target: other.target, labels: managed }),
    ],
    "all names of the image are deleted": [id, () => images.delete("app:2")],
  } as const;
}

/** The records after each step, those that were written in it, and the events that each name had. */
async function scenario(address: string, first: StoredImage, second: StoredImage) {
  using side = new Side(address);
  await using images = new ImagesClient({ namespace: "k8s.io", address });
  const results = [];
  let begin = await subscribed(side);
  let writtenMs = new Map<string, number | undefined>();
  for (const [title, [name, write]] of Object.entries(stepsOf(images, first, second))) {
    await write();
    await until(async () => (await images.find(name))?.labels[LABEL] === "managed");
    // CRI acts on one event after the other: after it has labeled this one, it has finished with the others.
    await images.create({ name: "mark", target: second.target });
    // A daemon publishes after it has written: a deletion before this event could be published first.
    await until(() => isLabeled(side.events.slice(begin), "mark"));
    await images.delete("mark");
    await seen(side, title);
    const events = byName(side.events.slice(begin));
    begin = side.events.length;
    const records = [...(await images.list())].sort((a, b) => (a.name < b.name ? -1 : 1));
    // By the clock of the server: that of this process may run faster than the one in memory while it is adjusted.
    const rewritten = records.filter((image) => image.updatedAt?.getTime() !== writtenMs.get(image.name));
    writtenMs = new Map(records.map((image) => [image.name, image.updatedAt?.getTime()]));
    results.push({ title, records: records.map(withoutTimes), rewritten: rewritten.map(({ name }) => name), events });
  }
  return results;
}

// The two servers do not write at the same time.
function withoutTimes({ name, labels, target }: Image): NewImage {
  return { name, labels, target };
}

/** Whether an event tells that CRI has labeled the record. */
function isLabeled(events: readonly JsonValue[], name: string): boolean {
  const expected = { name, topic: "/images/update", labels: [[LABEL, "managed"]] };
  return events.some((event) => isDeepStrictEqual({ ...Object(event), ...expected }, event));
}

// The daemon may label one record before or after a client has written the next one.
function byName(events: readonly unknown[]): Record<string, unknown[]> {
  const groups: Record<string, unknown[]> = {};
  for (const event of events) {
    const name = String(Object(event).name);
    groups[name] = [...(groups[name] ?? []), event];
  }
  return groups;
}
