import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { all, anyOf, field, ImagesClient, parse } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };

function seeded() {
  const service = new InMemoryImages();
  service.seed([{ name: "a", target }]);
  return { service, images: new ImagesClient({ namespace: "default", transport: service.transport }) };
}

describe("deleteMany", () => {
  it("refuses a filter that the server reads as everything, and sends nothing", async () => {
    for (const filter of [all, parse(), parse(""), parse("", "name==b"), anyOf(all, field.name.equals("b"))]) {
      const { service, images } = seeded();
      await assert.rejects(images.deleteMany(filter), { code: "invalid_argument" }, String(filter));
      await assert.rejects(images.deleteMany(filter, { everything: false }), { code: "invalid_argument" });
      assert.deepEqual(service.calls, []);
    }
  });

  for (const text of [
    "name",
    "target.digest",
    "target.mediatype",
    'name!=""',
    'name~=""',
    'name~="."',
    'name~="^.*$"',
    'name~="^(?:.+)?$"',
    'target.mediatype~=".{1,}"',
    'name,target.digest!="",name~=/.*/',
    'labels.x~=".*"', // also a record without the label
  ])
    it(`refuses ${text}, which every record matches, alone and in an or`, async () => {
      const { service, images } = seeded();
      for (const filter of [parse(text), parse("name==b", text), all.and(parse(text))])
        await assert.rejects(images.deleteMany(filter), { code: "invalid_argument" }, String(filter));
      assert.deepEqual(service.calls, []);
      await images.deleteMany(parse(text), { everything: true });
      assert.deepEqual(service.snapshot(), []);
    });

  for (const text of [
    "labels.x",
    'labels.x!=""',
    "annotations.x",
    "name!=app:1",
    'name!=".*"',
    'name=="."',
    'name~=".."',
    'name~="^.{1,200}$"',
    'name~="^[^k]"',
    'name~="a|."',
    "name,labels.temp",
  ])
    it(`takes ${text}, which some record does not match`, async () => {
      await seeded().images.deleteMany(parse(text));
    });

  it("takes it where everything is meant", async () => {
    const { service, images } = seeded();
    await images.deleteMany(all, { everything: true });
    assert.deepEqual(service.snapshot(), []);
  });

  it("takes a filter with a condition, and one with several", async () => {
    for (const filter of [field.name.equals("a"), anyOf(field.name.equals("a"), field.name.equals("b"))]) {
      const { service, images } = seeded();
      await images.deleteMany(filter);
      assert.deepEqual(service.snapshot(), []);
    }
  });
});

describe("a filter that the server answers with silence", () => {
  it("is refused, with one thing wrong and with two, and a good one is not", async () => {
    const { service, images } = seeded();
    await assert.rejects(images.list(parse("name~=(")), { code: "invalid_argument" });
    await assert.rejects(images.list(parse("name~=(,name~=[")), { code: "invalid_argument" });
    assert.deepEqual(service.calls, []);
    assert.equal((await images.list(parse("name~=a"))).length, 1);
  });
});

describe("a filter that takes more strings than a request may have", () => {
  const filter = anyOf(...Array.from({ length: 257 }, (_, index) => field.name.equals(`${index}`)));
  const calls: Readonly<Record<string, (images: ImagesClient) => unknown>> = {
    list: (images) => images.list(filter),
    iterate: (images) => images.iterate(filter),
    deleteMany: (images) => images.deleteMany(filter),
    watch: (images) => images.watch(filter),
    cache: (images) => images.cache(filter),
  };
  for (const [method, call] of Object.entries(calls)) {
    it(`is refused by ${method} before anything is sent, with an error about this call`, async () => {
      const { service, images } = seeded();
      const issues = [{ path: "filter", message: "takes 257 strings, more than 256" }];
      await assert.rejects(async () => call(images), { method, namespace: "default", issues });
      assert.deepEqual(service.calls, []);
    });
  }

  it("is a condition that waitFor takes, because it does not send it", async () => {
    const { images } = seeded();
    const wanted = anyOf(filter, field.name.equals("a"));
    assert.equal((await images.waitFor("a", wanted, { timeoutMs: 5_000 })).name, "a");
  });
});

describe("waitFor", () => {
  it("refuses a condition that names nothing", async () => {
    const { service, images } = seeded();
    for (const condition of [{}, { labels: {} }])
      await assert.rejects(images.waitFor("a", condition, { timeoutMs: 1 }), { code: "invalid_argument" });
    assert.deepEqual(service.calls, []);
    const { digest } = target;
    assert.equal((await images.waitFor("a", { digest }, { timeoutMs: 5_000 })).name, "a");
    assert.equal((await images.waitFor("a", { labels: { env: null } }, { timeoutMs: 5_000 })).name, "a");
  });
});
