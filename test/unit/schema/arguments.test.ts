import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { all, type Filter, field, ImagesClient, isDeadlineExceeded, isValidationError } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const digest = `sha256:${"0".repeat(64)}`;
const other = `sha256:${"1".repeat(64)}`;
const target = { mediaType: "text/plain", digest, size: 1 };

function fresh() {
  const service = new InMemoryImages();
  service.seed([
    { name: "a", target, labels: { env: "dev", more: "1" } },
    { name: "b", target },
  ]);
  return { service, images: new ImagesClient({ namespace: "default", transport: service.transport }) };
}

async function issueOf(call: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(call)
    .catch((reason: unknown) => reason);
  assert.ok(isValidationError(error), String(error));
  return error.issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
}

async function first(events: AsyncIterable<{ readonly type: string }>): Promise<string | undefined> {
  for await (const { type } of events) return type;
  return undefined;
}

describe("options in the place of a filter", () => {
  it("are options, and the filter is all", async () => {
    const { images } = fresh();
    const { signal } = new AbortController();
    assert.equal((await images.list({ signal })).length, 2);
    assert.equal((await images.list({ timeoutMs: undefined })).length, 2);
    for await (const { name } of images.iterate({ signal })) assert.match(name, /^[ab]$/);
    assert.equal(await first(images.watch({ signal })), "created");
    await using cache = images.cache({ signal });
    await cache.ready;
    assert.equal(cache.size, 2);
  });

  it("take effect", async () => {
    const { images } = fresh();
    const signal = AbortSignal.abort("stop");
    for (const call of [() => images.list({ signal }), () => first(images.watch({ signal }))])
      await assert.rejects(async () => call(), { code: "canceled" });
    assert.match(await issueOf(() => images.list({ timeoutMs: "5s" as never })), /^timeoutMs: must .* got "5s"$/);
    assert.match(await issueOf(() => images.list({ signal, limit: 5 } as never)), /^limit: is not a known field/);
  });

  it("are not confused with a filter, whatever properties that has", async () => {
    const { images } = fresh();
    const filter = Object.freeze(Object.defineProperties({}, Object.getOwnPropertyDescriptors(field.name.equals("b"))));
    assert.deepEqual(
      (await images.list(filter as Filter)).map(({ name }) => name),
      ["b"],
    );
    assert.deepEqual(
      (await images.list(field.name.equals("b"))).map(({ name }) => name),
      ["b"],
    );
  });

  it("are not taken for a filter by mistake: what may be meant as a filter lists nothing", async () => {
    const { images, service } = fresh();
    const rule = "filter: must be a filter: build one with field, anyOf and allOf, or read a string with parse; got";
    const list = (filter: unknown) => issueOf(() => images.list(filter as never));
    assert.equal(await list({ name: "a" }), `${rule} an object`);
    assert.equal(await list(structuredClone(field.name.equals("a"))), `${rule} an object`); // it is empty
    assert.equal(await list({}), `${rule} an object`);
    assert.equal(await list("name==a"), `${rule} a string`);
    assert.equal(await list(null), `${rule} null`);
    assert.equal(
      await list(field.label("env")),
      `${rule} a field without a condition, such as .present() or .equals(value)`,
    );
    assert.equal(
      await issueOf(() => images.list({ timeoutMs: 5 } as never, { retry: false })),
      `${rule} an object; options come second`,
    );
    assert.match(
      await issueOf(() => images.deleteMany({ everything: true } as never)),
      /^records: must be a list of names or records, or a filter \(parse reads one from a string\), got an object$/,
    );
    assert.deepEqual(service.calls, []);
  });
});

describe("options that are misspelled", () => {
  it("are recognised where they come alone", async () => {
    const { images } = fresh();
    const issue = "timeout: is not a known field; did you mean timeoutMs?";
    assert.equal(await issueOf(() => images.list({ timeout: 5 } as never)), issue);
    assert.match(await issueOf(() => images.waitFor("a", { timeout: 5 } as never)), /did you mean timeoutMs\?/);
  });
});

it("a condition with a namespace is no option: its digest is not said to be unknown", async () => {
  const { images } = fresh();
  for (const condition of [
    { digest: target.digest, namespace: "b" },
    { namespace: "b" },
    { name: "a", namespace: "b" },
  ])
    assert.equal(
      await issueOf(() => images.waitFor("a", condition as never)),
      "condition.namespace: is that of the client: use withNamespace to choose another one",
    );
});

describe("a header of raw", () => {
  it("is named, and its value is not shown", async () => {
    const { images } = fresh();
    for (const headers of [
      { authorization: "Bearer SECRET\nX: y" },
      [["authorization", "SECRET\nx"]] as [string, string][],
    ])
      assert.equal(
        await issueOf(() => images.raw.get({ name: "a" }, { headers })),
        "headers.authorization: must be a text that HTTP allows, and its name too",
      );
  });
});

describe("options of raw", () => {
  const wrong: Readonly<Record<string, readonly [options: unknown, issue: string]>> = {
    "of another call": [{ retry: false }, "retry: is not a known field"],
    "that are misspelled": [{ timeoutMS: 5 }, "timeoutMS: is not a known field; did you mean timeoutMs?"],
    "that are a text": ["SECRET", "options: must be a plain object, got a string"],
    "with no function": [{ onHeader: 5 }, "onHeader: must be a function, got 5"],
    "with headers that are a text": [
      { headers: "authorization: SECRET" },
      "headers: must be Headers, an object or a list of pairs, got a string",
    ],
    "with headers that are null": [
      { headers: null },
      "headers: must be Headers, an object or a list of pairs, got null",
    ],
    "with a header that is undefined": [
      { headers: { "x-a": undefined } },
      'headers["x-a"]: must be a text that HTTP allows, and its name too',
    ],
    "with one bracket too many": [
      { headers: [[["authorization", "SECRET"]]] },
      "headers[0]: must be a text that HTTP allows, and its name too",
    ],
    "with no pair": [{ headers: ["SECRET"] }, "headers[0]: must be a text that HTTP allows, and its name too"],
  };

  it("with very many wrong headers name the first ones", async () => {
    const headers = Array.from({ length: 20_000 }, (_, index): [string, string] => [`x-${index}`, "a\nb"]);
    await assert.rejects(fresh().images.raw.get({ name: "a" }, { headers }), (error) => {
      assert.ok(isValidationError(error));
      assert.deepEqual([error.issues.length, error.issueCount], [100, headers.length]);
      return true;
    });
  });

  for (const [what, [options, issue]] of Object.entries(wrong))
    it(`${what} are refused before anything is sent`, async () => {
      const { images, service } = fresh();
      assert.equal(await issueOf(() => images.raw.delete({ name: "a" }, options as never)), issue);
      assert.deepEqual(service.calls, []);
    });

  it("may be headers of every kind", async () => {
    const { images } = fresh();
    const kinds = [{ "x-a": "1" }, new Headers({ "x-a": "1" }), [["x-a", "1"]] as [string, string][]];
    for (const headers of kinds) assert.ok((await images.raw.get({ name: "a" }, { headers })).image);
  });
});

it("a list to delete with something else in it shows what it is", async () => {
  const { images, service } = fresh();
  for (const [given, got] of [
    [1, "1"],
    ["", '""'],
    [null, "null"],
    [["a"], "an array"],
  ])
    assert.match(
      await issueOf(() => images.deleteMany(["a", given as never])),
      new RegExp(`^records\\[1\\]: must be a well-formed name, or a record .*, got ${got}$`),
    );
  assert.deepEqual(service.calls, []);
});

it("an error about options says which record the call was about", async () => {
  const { images } = fresh();
  const options = { timeout: 1 } as never;
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    get: () => images.get("a", options),
    find: () => images.find("a", options),
    create: () => images.create({ name: "a", target }, options),
    update: () => images.update("a", { target }, options),
    replace: () => images.replace({ name: "a", target }, options),
    upsert: () => images.upsert({ name: "a", target }, options),
    tag: () => images.tag("b", "a", options),
    delete: () => images.delete("a", options),
    waitFor: () => images.waitFor("a", "present", options),
  };
  for (const [method, call] of Object.entries(calls))
    await assert.rejects(call, {
      imageName: "a",
      message: new RegExp(`^${method} "a" in namespace "default": timeout`),
    });
});

it("options that are null are refused, and not taken for none", async () => {
  const { images, service } = fresh();
  const options = null as never;
  for (const call of [
    () => images.get("a", options),
    () => images.list(undefined, options),
    () => images.create({ name: "a", target }, options),
    () => images.upsert({ name: "a", target }, options),
    () => images.delete("a", options),
  ])
    assert.match(await issueOf(call), /^options: must be a plain object, .*, got null$/);
  assert.deepEqual(service.calls, []);
});

it("what is no plain object is not taken for options, also if it has a namespace", async () => {
  const { images } = fresh();
  const error: unknown = await images.get("none").catch((reason: unknown) => reason);
  assert.match(await issueOf(() => images.list(images as never)), /^filter: must be a filter.*; got an ImagesClient$/);
  assert.match(await issueOf(() => images.list(error as never)), /^filter: must be a filter.*; got an ImagesError$/);
});

it("retry options that are missing are named as every other argument", async () => {
  const { images } = fresh();
  assert.equal(await issueOf(() => images.withRetry(undefined as never)), "retry: is required");
});

describe("a record to delete with an invalid Date", () => {
  it("is refused, and not taken for a record that has changed", async () => {
    const { images, service } = fresh();
    for (const dates of [{ createdAt: new Date(Number.NaN) }, { updatedAt: new Date("yesterday") }])
      assert.match(
        await issueOf(() => images.deleteMany([{ name: "a", target, ...dates }])),
        /^records\[0\]: must be .* createdAt and updatedAt as valid Dates, got an object$/,
      );
    assert.deepEqual(service.calls, []);
  });
});

describe("a record to delete with a namespace", () => {
  it("is refused, because the client would delete the record of this name in its own", async () => {
    const { images, service } = fresh();
    const records = [{ namespace: "k8s.io", name: "a", target }];
    // @ts-expect-error: the type refuses it, too
    const issue = await issueOf(() => images.deleteMany(records));
    assert.match(issue, /^records\[0\]: must be .* without a namespace/);
    assert.deepEqual(service.calls, []);
    await images.deleteMany([{ name: "b", target, namespace: undefined }]);
  });
});

describe("a record to delete with a misspelt field", () => {
  const date = new Date(0);

  it("is refused if it lacks the field that is meant, which would keep the record", async () => {
    const { images, service } = fresh();
    for (const [fields, misspelt, meant] of [
      [{ taget: target }, "taget", "target"],
      [{ target, lables: {}, updatedAt: date }, "lables", "labels"],
      [{ target, label: {}, updatedAt: date }, "label", "labels"],
      [{ target, createdat: date }, "createdat", "createdAt"],
      [{ target, updated_at: date, updatedAt: undefined }, "updated_at", "updatedAt"],
    ] as const)
      assert.equal(
        await issueOf(() => images.deleteMany(["b", { name: "a", ...fields } as never])),
        `records[1]: must not have the unknown field "${misspelt}"; did you mean ${meant}?`,
      );
    assert.deepEqual(service.calls, []);
  });

  it("is not refused for what other sources have besides", async () => {
    const { images } = fresh();
    const labels = {};
    const generated = {
      name: "a",
      target: { ...target, $typeName: "containerd.types.Descriptor" },
      $typeName: "Image",
    };
    for (const record of [
      { name: "a", target, labels, createdAt: date, updatedAt: date, label: "shown", created: "1970", lables: 1 },
      { name: "a", target, tags: ["1"], metadata: {}, digest: "", platform: "", size: 1, id: 1, ref: "", nameOf: "" },
      { ...generated, $unknown: [] },
      { name: "a", target, labels: {}, createdAt: undefined, created_at: undefined },
      JSON.parse(JSON.stringify({ name: "a", target, labels, date, manifest: {}, descriptor: {} })),
    ])
      await images.deleteMany([record as never], { dryRun: true });
  });
});

describe("an address that may have a secret", () => {
  it("is not shown", async () => {
    for (const address of [
      "https://h:1/p?token=SECRET",
      "https://user:SECRET%40h/p",
      "http://u:SECRET@h:1",
      "-----BEGIN\nSECRET",
    ])
      assert.doesNotMatch(await issueOf(() => new ImagesClient({ namespace: "a", address })), /SECRET/);
  });
});

describe("an argument of another kind", () => {
  it("is named, with what was meant", async () => {
    const { images, service } = fresh();
    const image = { name: "a", target: { digest } };
    for (const [call, issue] of [
      [() => images.get(image as never), "name: must be a string, got an object: pass its name"],
      [() => images.tag(image as never, "b"), "source: must be a string, got an object: pass its name"],
      [
        () => images.deleteMany(Promise.resolve([]) as never),
        "records: must be a list of names or records, or a filter (parse reads one from a string), got a Promise (await it)",
      ],
      [
        () => new ImagesClient({ namespace: "a", transport: service } as never),
        "transport: must be a Connect transport, got an InMemoryImages: pass its transport",
      ],
      [
        () => new ImagesClient({ namespace: "a", cacert: "pem" } as never),
        "cacert: is not a known field; did you mean tls?",
      ],
    ] as const)
      assert.equal(await issueOf(async () => call()), issue);
    assert.deepEqual(service.calls, []);
  });
});

describe("waitFor", () => {
  it("without a condition waits until the record is there", async () => {
    const { images } = fresh();
    assert.equal((await images.waitFor("a", { timeoutMs: 5_000 })).name, "a");
    assert.equal((await images.waitFor("a", { signal: AbortSignal.timeout(5_000) })).name, "a");
    const error: unknown = await images.waitFor("c", { timeoutMs: 1 }).catch((reason: unknown) => reason);
    assert.ok(isDeadlineExceeded(error), String(error));
  });

  it("names a mixture of condition and options, and a wait without an end", async () => {
    const { images } = fresh();
    assert.equal(
      await issueOf(() => images.waitFor("a", { digest, timeoutMs: 5 } as never)),
      "digest: is not a known field",
    );
    const needs = "options: needs a timeoutMs or a signal: without one the wait may never end";
    assert.equal(await issueOf(() => images.waitFor("a", "present", {})), needs);
    assert.equal(await issueOf(() => images.waitFor("a", { retry: false })), needs);
    assert.equal(
      await issueOf(() => images.waitFor("a", { digest, timeoutMs: 5 } as never, { timeoutMs: 5 })),
      "condition.timeoutMs: is not a known field",
    );
  });

  it("of a record waits for the digest of its target and all its labels, under any name", async () => {
    const { images } = fresh();
    const image = await images.get("a");
    assert.equal((await images.waitFor("a", image, { timeoutMs: 5_000 })).name, "a");
    await assert.rejects(images.waitFor("b", image, { timeoutMs: 1 }), { code: "deadline_exceeded" }); // no labels
    assert.equal((await images.waitFor("b", image.target, { timeoutMs: 5_000 })).name, "b");
    assert.equal((await images.waitFor("b", { target: image.target }, { timeoutMs: 5_000 })).name, "b");
    const moved = { ...image, target: { ...image.target, digest: other } };
    await assert.rejects(images.waitFor("a", moved, { timeoutMs: 1 }), { code: "deadline_exceeded" });
    assert.equal(
      await issueOf(() => images.waitFor("a", { digest: other, target }, { timeoutMs: 1 })),
      "condition.target.digest: must be the same as digest, if both are given",
    );
  });
});

describe("a number in place of options", () => {
  const table: Readonly<Record<string, readonly [call: (images: ImagesClient) => unknown, example: string]>> = {
    get: [(images) => Promise.all(["a"].map((name, index) => images.get(name, index as never))), "{ timeoutMs: 5000 }"],
    list: [(images) => images.list(all, 0 as never), "{ timeoutMs: 5000 }"],
    create: [(images) => images.create({ name: "c", target }, 0 as never), "{ timeoutMs: 5000 }"],
    update: [(images) => images.update("a", { target }, 0 as never), "{ timeoutMs: 5000 }"],
    upsert: [(images) => images.upsert({ name: "c", target }, 0 as never), '{ labels: "replace" }'],
    tag: [(images) => images.tag("a", "c", 0 as never), "{ force: true }"],
    delete: [(images) => images.delete("a", 0 as never), "{ ignoreMissing: true }"],
    deleteMany: [(images) => images.deleteMany(["a"], 0 as never), "{ dryRun: true }"],
    waitFor: [(images) => images.waitFor("a", "present", 0 as never), "{ timeoutMs: 5000 }"],
    watch: [(images) => images.watch(all, 0 as never), "{ resyncIntervalMs: 60000 }"],
    diagnose: [(images) => images.diagnose(0 as never), "{ timeoutMs: 5000 }"],
    close: [(images) => images.close(0 as never), "{ graceMs: 1000 }"],
  };
  for (const [method, [call, example]] of Object.entries(table)) {
    it(`of ${method} is named, with an example`, async () => {
      const { images, service } = fresh();
      assert.equal(await issueOf(() => call(images)), `options: must be a plain object, such as ${example}, got 0`);
      assert.deepEqual(service.calls, []);
    });
  }
});

it("an option of another method is named, with what to do where a type cannot forbid it", async () => {
  const { images } = fresh();
  assert.match(await issueOf(() => images.watch({ timeoutMs: 5 } as never)), /^timeoutMs: .* AbortSignal\.timeout/);
  assert.match(
    await issueOf(() => images.watch(field.name.present(), { retry: false } as never)),
    /^retry: is not for a/,
  );
  assert.match(
    await issueOf(() => images.create({ name: "c", target, namespace: "k8s.io" } as never)),
    /^namespace: is that of the client: use withNamespace/,
  );
});
