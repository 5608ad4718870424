import assert from "node:assert/strict";
import { ImagesClient, isValidationError } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, namesOf } from "../records.js";

export function scopes(check: Check): void {
  check("records of one name in two namespaces are independent", async (images, { namespace }) => {
    const other = images.withNamespace(`${namespace}-b`);
    await images.create({ name: "app:1", target: descriptor("a"), labels: { of: "a" } });
    await other.create({ name: "app:1", target: descriptor("b"), labels: { of: "b" } });
    await images.update("app:1", { labels: { more: "1" } });
    assert.deepEqual((await other.get("app:1")).labels, { of: "b" });
    await images.delete("app:1");
    assert.deepEqual(namesOf(await images.list()), []);
    assert.deepEqual(namesOf(await other.list()), ["app:1"]);
  });

  check(
    "derived clients keep what they do not change, and leave the original as it is",
    async (images, { namespace }) => {
      const derived = images.withTimeout(5_000).withRetry(false).withLease("none").withNamespace(`${namespace}-b`);
      await assert.rejects(derived.get("app:1"), { code: "not_found", namespace: `${namespace}-b` });
      await assert.rejects(derived.withRetry({ maxAttempts: 2 }).get("app:1"), { namespace: `${namespace}-b` });
      await assert.rejects(images.get("app:1"), { code: "not_found", namespace });
    },
  );

  check("all clients that derive from one share its connection", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    const { client } = held;
    const derived = client.withNamespace(`${namespace}-b`).withLease("none").withTimeout(5_000).withRetry(false);
    await Promise.all([client, derived, client.raw, derived.raw].map((each) => each.list(undefined as never)));
    await derived.delete("app:1", { ignoreMissing: true });
    assert.ok([1, undefined].includes(held.connections()));
  });

  check("an option that breaks a rule is refused at once", async (images) => {
    for (const [derive, path] of [
      [() => images.withNamespace(""), "namespace"],
      [() => images.withNamespace("-a"), "namespace"],
      [() => images.withNamespace("n".repeat(77)), "namespace"],
      [() => images.withNamespace(undefined as never), "namespace"],
      [() => images.withLease(""), "lease"],
      [() => images.withLease("a b"), "lease"],
      [() => images.withTimeout(0), "timeoutMs"],
      [() => images.withTimeout(1.5), "timeoutMs"],
      [() => images.withTimeout(100_000_000), "timeoutMs"],
      [() => images.withRetry({ maxAttempts: 0 }), "retry.maxAttempts"],
      [() => images.withRetry({ attempts: 1 } as never), "retry.attempts"],
      [() => images.withRetry(true as never), "retry"],
      [() => new ImagesClient({} as never), "namespace"],
      [() => new ImagesClient({ namespace: "a", nameSpace: "b" } as never), "nameSpace"],
      [() => new ImagesClient({ namespace: "a", names: "full" } as never), "names"],
    ] as const) {
      assert.throws(derive, (error) => {
        assert.ok(isValidationError(error), String(error));
        assert.equal(error.issues[0]?.path, path);
        return path !== "namespace" || /k8s\.io/.test(error.hint ?? "");
      });
    }
  });

  check("namespaces of every legal shape work", async (images) => {
    for (const namespace of ["a", "A1.b_c-d", `${"n".repeat(76)}`, "0"]) {
      assert.deepEqual(await images.withNamespace(namespace).list(), []);
    }
  });

  check("a lease keeps an expired record through a garbage collection", async (images, { target, namespace }) => {
    await target.addLease(namespace, "mine");
    const labels = { "containerd.io/gc.expire": "2001-01-01T00:00:00Z" };
    await images.withLease("mine").create({ name: "leased", target: descriptor("a"), labels });
    await images.create({ name: "loose", target: descriptor("a"), labels });
    await images.create({ name: "other", target: descriptor("a") });
    await images.delete("other", { sync: true });
    const kept = target.version === "2.x" ? ["leased"] : ["leased", "loose"];
    assert.deepEqual(namesOf(await images.list()), kept);
  });

  check("an unknown lease matters to expiring records on 2.x only", async (images, { target }) => {
    const leased = images.withLease("nobody-made-it");
    await leased.create({ name: "plain", target: descriptor("a") });
    const labels = { "containerd.io/gc.expire": "2999-01-01T00:00:00Z" };
    const creating = leased.create({ name: "expiring", target: descriptor("a"), labels });
    const missing = {
      code: "failed_precondition",
      imageName: "expiring",
      outcome: "not-applied",
      hint: /nobody-made-it/,
    };
    if (target.version === "2.x") await assert.rejects(creating, missing);
    else assert.equal((await creating).name, "expiring");
    await images.upsert({ name: "expiring", target: descriptor("a"), labels });
    const writes = [
      ["update", () => leased.update("expiring", { labels: { env: "prod" } })],
      ["update", () => leased.update("expiring", { target: descriptor("b") })],
      ["replace", () => leased.replace({ name: "expiring", target: descriptor("b"), labels })],
    ] as const;
    for (const [method, write] of writes) {
      if (target.version === "2.x") await assert.rejects(write(), { ...missing, method });
      else await write();
    }
    const image = { name: "expiring", labels: { env: "prod" } };
    const raw = leased.raw.update({ image, updateMask: { paths: ["labels.env"] } });
    // The server's own status, which is the same for both.
    if (target.version === "2.x") await assert.rejects(raw, { code: "not_found" });
    else await raw;
    // A missing record is still reported as missing, and an update that removes the label needs no lease.
    await assert.rejects(leased.update("none", { labels }), { code: "not_found" });
    await leased.replace({ name: "expiring", target: descriptor("b") });
  });

  check("a header of bytes is sent as it is, and refused when it is not base64", async (images) => {
    for (const value of ["", "AA==", "AA", "AAA=", "AAA", "AAAA", "AB", "+/+/"])
      assert.deepEqual(await images.list(undefined, { headers: { "x-bytes-bin": value } }), []);
    for (const value of ["A", "A===", "AA=", "A-_A", "AA==,AA==", "AA AA", "not base64", "====", "AAAAA"]) {
      const headers = { "x-bytes-bin": value };
      const refused = {
        name: "ValidationError",
        attempts: 0,
        outcome: "not-applied",
        message: /headers\["x-bytes-bin"\]/,
      };
      await assert.rejects(images.create({ name: "a", target: descriptor("a") }, { headers }), refused);
      await assert.rejects(images.raw.list({}, { headers }), refused);
    }
    const several = new Headers([
      ["x-bytes-bin", "AA=="],
      ["x-bytes-bin", "AA=="],
    ]);
    await assert.rejects(images.raw.list({}, { headers: several }), { name: "ValidationError" });
  });

  check("headers go along, but not those that are the library's own", async (images) => {
    assert.deepEqual(await images.list(undefined, { headers: { "X-Request-Id": "7", "x-empty": "" } }), []);
    for (const [name, value] of [
      ["grpc-timeout", "1S"],
      ["GRPC-Encoding", "gzip"],
      ["te", "trailers"],
      ["expect", "100-continue"],
      ["http2-settings", "AAMAAABkAAQAAP__"],
      ["content-type", "text/plain"],
      ["containerd-namespace", "other"],
      ["Containerd-Lease", "other"],
      ["bad name", "v"],
      ["x-line", "a\r\nb"],
      ["x-latin", "é"],
      ["x-number", 5],
    ] as const) {
      const listing = images.list(undefined, { headers: { [name]: value as string } });
      await assert.rejects(listing, { name: "ValidationError", attempts: 0, message: /headers/ });
    }
  });

  check("more calls than maxConcurrency wait their turn", async (_images, { target, namespace }) => {
    await using images = target.client(namespace, { maxConcurrency: 2 });
    const names = Array.from({ length: 30 }, (_, i) => `app:${String(i).padStart(2, "0")}`);
    await Promise.all(names.map((name) => images.create({ name, target: descriptor("a") })));
    const lists = await Promise.all(names.map(() => images.list()));
    for (const list of lists) assert.deepEqual(namesOf(list), names);
  });
}
