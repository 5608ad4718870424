import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { callOptionsSchema } from "../../../src/schema/options.js";
import { kindOf } from "../../../src/schema/shown.js";
import { validate } from "../../../src/schema/validate.js";
import { newImageSchema } from "../../../src/schema/values.js";
import { issuesOf } from "./issues.js";

const subject = { method: "create", namespace: "default" };
const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const json = JSON.stringify({ name: "a", target, labels: { env: "prod" } });
const image: { readonly name: string; readonly target: typeof target; readonly labels: Record<string, string> } =
  JSON.parse(json);

class Labels {
  env = "prod";
}

function withoutPrototype(entries: object): object {
  return Object.assign(Object.create(null), entries);
}

const expected = { name: "a", target: { ...target, annotations: {} }, labels: { env: "prod" } };

describe("plain objects", () => {
  const accepted: Readonly<Record<string, unknown>> = {
    "of this realm": image,
    "of another realm": runInNewContext(`(${json})`),
    "parsed in another realm": runInNewContext("JSON.parse(json)", { json }),
    "without a prototype": withoutPrototype({
      ...image,
      target: withoutPrototype(target),
      labels: withoutPrototype(image.labels),
    }),
    "without a prototype, of another realm": runInNewContext(`Object.assign(Object.create(null), ${json})`),
    frozen: Object.freeze({ ...image, labels: Object.freeze({ ...image.labels }) }),
    "behind a proxy": new Proxy({ ...image, labels: new Proxy(image.labels, {}) }, {}),
    "with getters": Object.defineProperty({ ...image }, "name", { get: () => "a", enumerable: true }),
    "with symbols": { ...image, [Symbol("x")]: 1 },
  };
  for (const [what, input] of Object.entries(accepted)) {
    it(`${what} are accepted, and copied`, () => {
      const checked = validate(newImageSchema, input, subject, "image");
      assert.deepEqual(checked, expected);
      assert.equal(Object.getPrototypeOf(checked.labels), Object.prototype);
    });
  }

  const refused: Readonly<Record<string, unknown>> = {
    "a Map": new Map([["env", "prod"]]),
    "a Map of another realm": runInNewContext('new Map([["env", "prod"]])'),
    "a Set": new Set(["env"]),
    "an instance of a class": new Labels(),
    "an instance of a class of another realm": runInNewContext('new (class Labels { env = "prod" })()'),
    "a list": [["env", "prod"]],
    "a list of another realm": runInNewContext('[["env", "prod"]]'),
    "a list behind a proxy": new Proxy([["env", "prod"]], {}),
    "a Map behind a proxy": new Proxy(new Map([["env", "prod"]]), {}),
    "what inherits from a plain object": Object.create({ env: "prod" }),
    "what inherits from an object without a prototype": Object.create(Object.create(null)),
    "a Headers": new Headers({ env: "prod" }),
    "a URLSearchParams": new URLSearchParams("env=prod"),
    "a Date": new Date(0),
    "an Error": new Error("env"),
    "a function": () => "prod",
    bytes: Buffer.from("env"),
    text: "env=prod",
    "a Promise of labels": Promise.resolve({ env: "prod" }),
  };
  for (const [what, labels] of Object.entries(refused)) {
    it(`${what} is refused, not emptied`, () => {
      assert.deepEqual(
        issuesOf(() => validate(newImageSchema, { ...image, labels }, subject, "image")),
        [`labels: must be a plain object, got ${kindOf(labels)}`],
      );
    });
  }
});

describe("keys", () => {
  it("called __proto__ are kept as own keys, and change no prototype", () => {
    const labels = JSON.parse('{"__proto__":"x","constructor":"y"}');
    const checked = validate(
      newImageSchema,
      { ...image, labels, target: { ...target, annotations: labels } },
      subject,
      "image",
    );
    for (const map of [checked.labels, checked.target.annotations]) {
      assert.deepEqual(Object.entries(map), Object.entries(labels));
      assert.equal(Object.getPrototypeOf(map), Object.prototype);
    }
  });

  it("that are inherited are not read", () => {
    assert.deepEqual(validate(newImageSchema, { ...image, labels: withoutPrototype({}) }, subject, "image").labels, {});
  });
});

describe("copies", () => {
  it("share nothing with what was given", () => {
    const given = structuredClone({ ...image, target: { ...target, annotations: { k: "v" } } });
    const checked = validate(newImageSchema, given, subject, "image");
    const before = structuredClone(checked);
    Object.assign(given, { name: "b" });
    Object.assign(given.target, { digest: "no", size: -1 });
    Object.assign(given.target.annotations, { k: "changed", more: "1" });
    Object.assign(given.labels, { env: "changed", more: "1" });
    assert.deepEqual(checked, before);
  });

  it("are made of one read of each property", () => {
    const reads = new Map<string, number>();
    const counting = <T extends object>(object: T, path: string): T =>
      new Proxy(object, {
        get: (inner, key, receiver) => {
          const name = `${path}${String(key)}`;
          reads.set(name, (reads.get(name) ?? 0) + 1);
          return Reflect.get(inner, key, receiver);
        },
      });
    const labels = counting({ env: "prod", other: "1" }, "labels.");
    const annotations = counting({ k: "v" }, "target.annotations.");
    validate(
      newImageSchema,
      counting({ name: "a", labels, target: counting({ ...target, annotations }, "target.") }, ""),
      subject,
      "image",
    );
    validate(
      callOptionsSchema,
      counting(
        { timeoutMs: 5, retry: counting({ maxAttempts: 2 }, "retry."), headers: counting({ a: "b" }, "headers.") },
        "",
      ),
      subject,
      "options",
    );
    assert.deepEqual(
      [...reads].filter(([, count]) => count > 1),
      [],
    );
    assert.equal(reads.get("labels.env"), 1);
    assert.equal(reads.get("target.digest"), 1);
    assert.equal(reads.get("timeoutMs"), 1);
  });
});
