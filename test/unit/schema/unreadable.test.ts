import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  allOf,
  field,
  fieldPaths,
  ImagesClient,
  isFilter,
  isValidationError,
  matches,
  replaceAll,
} from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const service = new InMemoryImages();
const images = new ImagesClient({ namespace: "default", transport: service.transport });

/** A value whose properties cannot be read; it has every type, so that it compiles everywhere. */
function revoked(): never {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
}

const given: Readonly<Record<string, readonly [path: string, call: () => unknown]>> = {
  "a name": ["name", () => images.get(revoked())],
  "an image": ["image", () => images.create(revoked())],
  "a target": ["target", () => images.create({ name: "a", target: revoked() })],
  labels: ["labels", () => images.create({ name: "a", target, labels: revoked() })],
  "a label": ["labels.env", () => images.create({ name: "a", target, labels: { env: revoked() } })],
  annotations: [
    "target.annotations",
    () => images.create({ name: "a", target: { ...target, annotations: revoked() } }),
  ],
  "a patch": ["patch", () => images.update("a", revoked())],
  "labels of a patch": ["labels", () => images.update("a", { labels: revoked() })],
  "labels that replace": ["labels", () => images.update("a", { labels: replaceAll(revoked()) })],
  "a field path's patch": ["patch", () => fieldPaths(revoked())],
  options: ["options", () => images.get("a", revoked())],
  "a signal": ["signal", () => images.get("a", { signal: revoked() })],
  headers: ["headers", () => images.get("a", { headers: revoked() })],
  "a header": ["headers.x", () => images.get("a", { headers: { x: revoked() } })],
  "retry options": ["retry", () => images.get("a", { retry: revoked() })],
  onRetry: ["retry.onRetry", () => images.get("a", { retry: { onRetry: revoked() } })],
  sourceDateEpoch: [
    "sourceDateEpoch",
    () => images.update("a", { labels: { a: "b" } }, { sourceDateEpoch: revoked() }),
  ],
  ifTarget: ["ifTarget", () => images.delete("a", { ifTarget: revoked() })],
  "a pattern": ["field.name.matches", () => field.name.matches(revoked())],
  "a filter of list": ["filter", () => images.list(revoked())],
  "a filter of watch": ["filter", () => images.watch(revoked())],
  "a filter in another": ["allOf", () => allOf(field.name.present(), revoked())],
  "a record to match": ["matches", () => matches(field.name.present(), revoked())],
  "a list to delete": ["records", () => images.deleteMany(revoked())],
  "a record to delete": ["records[1]", () => images.deleteMany(["a", revoked()])],
  "a condition": ["condition", () => images.waitFor("a", revoked(), { timeoutMs: 1 })],
  "options of a client": ["options", () => new ImagesClient(revoked())],
  "a transport": ["transport", () => new ImagesClient({ namespace: "a", transport: revoked() })],
  certificates: ["tls.ca", () => new ImagesClient({ namespace: "a", address: "https://a", tls: { ca: revoked() } })],
  "a certificate": [
    "tls.ca",
    () => new ImagesClient({ namespace: "a", address: "https://a", tls: { ca: [revoked()] } }),
  ],
  "a key": ["tls.key", () => new ImagesClient({ namespace: "a", address: "https://a", tls: { key: revoked() } })],
  overrides: ["overrides", () => ImagesClient.fromEnv(revoked())],
  "a namespace": ["namespace", () => images.withNamespace(revoked())],
  "a derived client's retry": ["retry", () => images.withRetry(revoked())],
  "options of close": ["options", () => images.withTimeout(1).close(revoked())],
  "a message of raw": ["", () => images.raw.get(revoked())],
  "headers of raw": ["options", () => images.raw.get({ name: "a" }, { headers: revoked() })],
  "options of raw": ["options", () => images.raw.get({ name: "a" }, revoked())],
};

describe("a revoked proxy is refused as", () => {
  for (const [what, [path, call]] of Object.entries(given)) {
    it(what, async () => {
      const error: unknown = await Promise.resolve()
        .then(call)
        .catch((reason: unknown) => reason);
      assert.ok(isValidationError(error), String(error));
      assert.deepEqual([error.issues.map((issue) => issue.path), service.calls], [[path], []]);
    });
  }

  it("no filter", () => assert.equal(isFilter(revoked()), false));
});

it("a getter of overrides that throws is refused", () => {
  const overrides = {
    get namespace(): string {
      throw new TypeError("mine");
    },
  };
  assert.throws(() => ImagesClient.fromEnv(overrides), { message: "fromEnv: overrides: cannot be read: mine" });
});

it("a getter that throws is refused, with what it throws as the cause", async () => {
  const cause = new TypeError("mine");
  const image = {
    get name(): string {
      throw cause;
    },
    target,
  };
  const error: unknown = await images.create(image).catch((reason: unknown) => reason);
  assert.ok(isValidationError(error));
  assert.equal(error.cause, cause);
  assert.match(error.message, /^create in namespace "[^"]*": image: cannot be read: mine$/);
});
