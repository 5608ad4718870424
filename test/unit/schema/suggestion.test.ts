import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { nearestName } from "../../../src/schema/suggestion.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { issuesOf } from "./issues.js";

const call = ["signal", "timeoutMs", "retry", "headers"];
const retry = ["maxAttempts", "baseDelayMs", "maxDelayMs", "onRetry"];
const watch = ["signal", "headers", "resyncIntervalMs", "pollIntervalMs"];
const tls = ["ca", "cert", "key", "servername"];
const record = ["name", "target", "labels", "createdAt", "updatedAt"];
const client = ["namespace", "lease", "timeoutMs", "retry", "maxConcurrency", "waitForDaemonMs", "address", "tls"];

describe("the name that is meant by", () => {
  const table: readonly (readonly [unknown: string, known: readonly string[], nearest: string | undefined])[] = [
    ["timeout", call, "timeoutMs"],
    ["timeoutms", call, "timeoutMs"],
    ["timeout_ms", call, "timeoutMs"],
    ["abortSignal", call, "signal"],
    ["metadata", call, "headers"],
    ["metadata", record, "labels"],
    ["maxRetries", call, "retry"],
    ["maxRetries", retry, "maxAttempts"],
    ["maxAttemps", retry, "maxAttempts"],
    ["minTimeout", retry, "baseDelayMs"],
    ["cacert", tls, "ca"],
    ["certificate", tls, "cert"],
    ["serverName", tls, "servername"],
    ["privateKey", tls, "key"],
    ["adress", client, "address"],
    ["daemon", client, "address"],
    ["name", ["version", "angleNamedGroups"], undefined],
    ["endpoint", client, "address"],
    ["namepsace", client, "namespace"],
    ["lables", record, "labels"],
    ["created_at", record, "createdAt"],
    ["nmae", record, "name"],
    ["name", client, "namespace"],
    ["connect", [...client, "dial"], "dial"],
    ["namespace", call, "withNamespace()"],
    ["lease", call, "withLease()"],
    ["namespace", record, undefined],
    ["grace", ["graceMs"], "graceMs"],
    ["gracePeriodMs", ["graceMs"], "graceMs"],
    ["resync", watch, "resyncIntervalMs"],
    ["resyncMs", watch, "resyncIntervalMs"],
    ["poll", watch, "pollIntervalMs"],
    ["interval", watch, "pollIntervalMs"],
    ["epoch", [...call, "sourceDateEpoch"], "sourceDateEpoch"],
    ["delay", retry, "baseDelayMs"],
    ["attempts", retry, "maxAttempts"],
    ["attempt", retry, "maxAttempts"],
    ["type", ["mediaType", "digest", "size"], "mediaType"],
    ["for", ["force"], undefined],
    ["timeoutMss", call, "timeoutMs"],
    ["timeoutMds", call, "timeoutMs"],
    ["retry", retry, "maxAttempts"],
    ["port", [...client, "transport"], undefined],
    ["sync", watch, undefined],
    ["date", record, undefined],
    ["thing", ["dryRun", "everything"], undefined],
    ["async", ["sync", "ignoreMissing"], undefined],
    ["cb", tls, undefined],
    ["cas", tls, undefined],
    ["toString", record, undefined],
    ["__proto__", record, undefined],
    ["platform", record, undefined],
    ["", record, undefined],
    ["n".repeat(100_000), record, undefined],
  ];
  for (const [unknown, known, nearest] of table) {
    it(`${unknown.slice(0, 40)} is ${nearest}`, () => assert.equal(nearestName(unknown, known), nearest));
  }
});

it("an unknown field that is the path of an entry shows how the entry is written", async () => {
  const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
  await assert.rejects(images.update("a", { "labels.a.b": "1" } as never), {
    message: /labels\.a\.b"\]: is not a known field; did you mean labels: \{ "a\.b": … \}\?/,
  });
});

it("a namespace or a lease for one call is a matter of another client", async () => {
  const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
  const issue = "namespace: is not a known field; did you mean withNamespace()?";
  await assert.rejects(images.get("a", { namespace: "b" } as never), {
    message: `get "a" in namespace "default": ${issue}`,
    hint: undefined, // it would say how a client is given its namespace
  });
  const record = {
    name: "a",
    target: { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}`, size: 1 },
    namespace: "b",
  };
  await assert.rejects(images.create(record as never), { message: /use withNamespace/, hint: undefined });
  await assert.rejects(images.list({ namespace: "b" } as never), { message: `list in namespace "default": ${issue}` });
  await assert.rejects(images.list({ lease: "b" } as never), { message: /did you mean withLease\(\)\?$/ });
});

it("a field that is ignored is not suggested", () => {
  const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
  return assert.rejects(images.delete("a", { ifTarget: { digest: `sha256:${"0".repeat(64)}`, type: "x" } } as never), {
    message: /ifTarget\.type: is not a known field$/,
  });
});

it("a field that a type forbids is not suggested", () => {
  assert.deepEqual(
    issuesOf(() => new ImagesClient({ namespace: "a" }).watch({ signal: undefined, retries: 3 } as never)),
    ["retries: is not a known field"],
  );
});
