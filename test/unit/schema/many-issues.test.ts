import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient, isValidationError, parse, type ValidationError } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });

/** This many entries, all of them wrong where a value must not be empty. */
function entries(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, ""]));
}

async function refused(call: () => Promise<unknown>): Promise<ValidationError> {
  try {
    await call();
  } catch (error) {
    assert.ok(isValidationError(error), String(error));
    return error;
  }
  return assert.fail("it was not refused");
}

/** All inputs that can have very many wrong parts. */
const places: Readonly<Record<string, (count: number) => Promise<unknown>>> = {
  labels: (count) => images.create({ name: "a", target, labels: entries(count) }),
  annotations: (count) => images.create({ name: "a", target: { ...target, annotations: entries(count) } }),
  "a patch": (count) => images.update("a", { labels: entries(count) }),
  "unknown fields": (count) => images.create({ name: "a", target, ...entries(count) }),
  "names of headers": (count) =>
    images.get("a", { headers: Object.fromEntries(Object.keys(entries(count)).map((key) => [`no ${key}`, "x"])) }),
  "names to delete": (count) => images.deleteMany(Array.from({ length: count }, () => "")),
  "records to delete": (count) =>
    images.deleteMany(Array.from({ length: count }, () => ({ name: "", target: { digest: "" } }))),
  "labels to wait for": (count) => images.waitFor("a", { labels: entries(count) }, { timeoutMs: 1 }),
};

describe("of very many wrong things in", () => {
  for (const [place, call] of Object.entries(places)) {
    it(`${place}, the first hundred are listed and all are counted`, async () => {
      const error = await refused(() => call(200_000));
      assert.equal(error.issueCount, 200_000);
      assert.equal(error.issues.length, 100);
      assert.match(error.message, /; and 199980 more$/);
      assert.ok(error.message.length < 5_000, `${error.message.length}`);
    });
  }

  it("a filter, too", async () => {
    const error = await refused(() => images.list(parse(Array.from({ length: 5_000 }, () => "image==a").join(","))));
    assert.equal(error.issues.length, 100);
    assert.ok(error.message.length < 5_000);
  });
});

it("a few wrong things are all shown, in order", async () => {
  const error = await refused(() => images.create({ name: "", target: { ...target, size: 0 }, labels: entries(18) }));
  assert.equal(error.issueCount, 20);
  assert.deepEqual(
    error.issues.slice(0, 3).map(({ path }) => path),
    ["name", "target.size", 'labels["key-0"]'],
  );
  assert.match(error.message, /labels\["key-17"\]: [^;]+; leave it out$/);
});

it("one more than are shown is counted", async () => {
  const error = await refused(() => images.create({ name: "", target: { ...target, size: 0 }, labels: entries(19) }));
  assert.match(error.message, /labels\["key-17"\]: [^;]+; leave it out; and 1 more$/);
});

it("one very long key is shortened in the message, and whole in the issue", async () => {
  const key = "k".repeat(1_000_000);
  const error = await refused(() => images.create({ name: "a", target, labels: { [key]: "v" } }));
  assert.ok(error.message.length < 500, `${error.message.length}`);
  assert.equal(error.issues[0]?.path, `labels.${key}`);
});

describe("of as many wrong things as are listed", () => {
  for (const [place, call] of Object.entries(places)) {
    for (const count of [99, 100, 101]) {
      it(`none is left out or added: ${count} in ${place}`, async () => {
        const error = await refused(() => call(count));
        assert.equal(error.issueCount, count);
        assert.equal(error.issues.length, Math.min(count, 100));
        assert.ok(error.issues.every(({ message }) => message !== ""));
      });
    }
  }
});
