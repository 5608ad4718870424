import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { ImagesClient, type ImagesError, isFailedPrecondition, isNotFound } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor } from "../../contract/records.js";
import { hooked } from "../operations/hooked-transport.js";

const labels = { "containerd.io/gc.expire": "2999-01-01T00:00:00Z" };
const expiring = { name: "app:1", target: descriptor("a"), labels };

/** A client of a lease that does not exist; `before` runs before each of its calls. */
function leased(
  before: (other: ImagesClient, method: string, times: number) => unknown = () => {},
  clock?: () => bigint,
) {
  const service = new InMemoryImages({ clock });
  const other = new ImagesClient({ namespace: "default", transport: service.transport });
  const sent: string[] = [];
  const transport = hooked(service.transport, async (method) => {
    sent.push(method);
    await before(other, method, sent.filter((each) => each === method).length);
  });
  const images = new ImagesClient({ namespace: "default", transport, lease: "gone", retry: false });
  return { images, other, service, sent };
}

async function failure(call: Promise<unknown>): Promise<ImagesError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  assert.ok(isFailedPrecondition(error), String(error));
  assert.ok(!("cause" in error), "a status of the server is no second error");
  assert.deepEqual([error.outcome, error.imageName], ["not-applied", "app:1"]);
  assert.match(
    error.hint ?? "",
    /^leases expire, and `ctr -n default leases ls` shows those .*: make the lease "gone" again/,
  );
  assert.ok(!error.message.includes("make the lease"));
  assert.ok(String(error).endsWith(`(${error.hint})`));
  return error;
}

describe("a lease that does not exist is told from a record that does not", () => {
  it("by a create and an upsert with one request", async () => {
    const { images, other, sent } = leased();
    await failure(images.create(expiring));
    await failure(images.upsert(expiring));
    await other.create(expiring);
    await failure(images.create(expiring));
    assert.deepEqual(sent, ["Create", "Create", "Create"]);
  });

  it("by an update of a record that is there all the time", async () => {
    const { images, other, sent } = leased();
    await other.create(expiring);
    sent.length = 0;
    assert.equal((await failure(images.update("app:1", { labels: { env: "prod" } }))).method, "update");
    const again = ["Update", "Get", "Update", "Get"];
    // Before the first update of a client, a Get finds out which kind of server it is.
    assert.deepEqual(sent, ["Get", ...again]);
    sent.length = 0;
    await failure(images.replace({ ...expiring, target: descriptor("b") }));
    assert.deepEqual(sent, again);
  });

  it("by an update of a record that another client changes once in between", async () => {
    const { images, other, sent } = leased((other, method, times) =>
      method === "Get" && times === 3 ? other.update("app:1", { labels: { env: "dev" } }) : undefined,
    );
    await other.create(expiring);
    await failure(images.update("app:1", { labels: { env: "prod" } }));
    assert.deepEqual(sent, ["Get", ...["Update", "Get", "Update", "Get"], ...["Update", "Get"]]);
  });

  it("but not by raw, which gives the server's own status", async () => {
    const { images, other, sent } = leased();
    await other.create(expiring);
    await images.find("app:1"); // it shows which kind of server this is
    sent.length = 0;
    const update = { image: { name: "app:1", labels }, updateMask: { paths: ["labels"] } };
    await assert.rejects(images.raw.update(update), isNotFound);
    assert.deepEqual(sent, ["Update"]);
  });

  it("by an update that makes the record expire, and by an upsert that finds it so", async () => {
    const { images, other, sent } = leased();
    await other.create({ ...expiring, labels: {} });
    await failure(images.update("app:1", { labels }));
    await other.update("app:1", { labels });
    sent.length = 0;
    await failure(images.upsert({ ...expiring, labels: {} }));
    assert.deepEqual(sent, ["Create", "Update", "Get", "Update", "Get"]);
  });
});

describe("a record that is missing stays not found", () => {
  it("for an update, whatever the lease", async () => {
    const { images, sent } = leased();
    await assert.rejects(images.update("app:1", { labels }), { code: "not_found" });
    sent.length = 0;
    await assert.rejects(images.get("app:1"), { code: "not_found" });
    await assert.rejects(images.delete("app:1"), { code: "not_found" });
    assert.deepEqual(sent, ["Get", "Delete"]);
  });

  it("when one comes that does not expire: its lease was not asked for", async () => {
    const { images, other } = leased((other, method, times) =>
      method === "Get" && times === 2 ? other.create({ ...expiring, labels: {} }) : undefined,
    );
    await other.create({ ...expiring, name: "other" });
    await images.get("other"); // the first Get, which shows what kind of server it is
    await assert.rejects(images.replace({ ...expiring, labels: {} }), { code: "not_found" });
    assert.equal((await other.get("app:1")).name, "app:1");
  });

  it("for a client without a lease", async () => {
    const { service } = leased();
    service.failNext("create", "not_found");
    const images = new ImagesClient({ namespace: "default", transport: service.transport });
    await assert.rejects(images.create(expiring), { code: "not_found" });
  });
});

describe("a record that comes in between", () => {
  it("is updated, where the lease exists", async () => {
    const { images, other, service } = leased((other, method, times) =>
      method === "Get" && times === 2 ? other.create(expiring) : undefined,
    );
    service.addLease("gone");
    await other.create({ ...expiring, name: "other" });
    await images.get("other"); // the first Get, which shows what kind of server it is
    assert.equal((await images.update("app:1", { labels: { env: "prod" } })).labels["env"], "prod");
  });

  it("again and again, each time another one, ends as not found, and soon", async () => {
    const { images, other, sent, service } = leased(async (other, method) => {
      if (method === "Update") await other.delete("app:1", { ignoreMissing: true });
      if (method === "Get") await other.upsert(expiring);
    });
    service.addLease("gone");
    await other.create({ ...expiring, name: "other" });
    await images.get("other");
    await assert.rejects(images.update("app:1", { labels: { env: "prod" } }), { code: "not_found" });
    assert.ok(sent.length < 12, sent.join(" "));
    assert.equal(sent.filter((method) => method === "Update").length, 4, sent.join(" "));
  });
});

describe("a lease that exists is not called missing for a record that is made anew before each read", () => {
  const sourceDateEpoch = new Date("2020-01-01T00:00:00Z");
  const makings: Readonly<Record<string, (other: ImagesClient) => Promise<unknown>>> = {
    "with the same date of creation": async (other) => {
      await other.create(expiring, { sourceDateEpoch });
      await other.update("app:1", { labels: { env: "dev" } });
    },
    "with the same date of change": async (other) => {
      await other.create(expiring);
      await other.update("app:1", { labels: { env: "dev" } }, { sourceDateEpoch });
    },
  };
  for (const [how, make] of Object.entries(makings)) {
    it(how, async () => {
      let nowNs = 1_000_000_000n;
      const clock = () => (nowNs += 1_000_000n);
      const { images, other, service } = leased(async (other, method, times) => {
        if (method === "Update") await other.delete("app:1", { ignoreMissing: true });
        if (method === "Get" && times > 1) await make(other);
      }, clock);
      service.addLease("gone");
      await other.create({ ...expiring, name: "other" });
      await images.get("other"); // the first Get, which shows what kind of server it is
      await assert.rejects(images.update("app:1", { labels: { env: "prod" } }), { code: "not_found" });
    });
  }
});

it("a read that fails in between is the update's failure, and shows how", async () => {
  let gets = 0;
  const { images, other } = leased((_other, method) => {
    if (method !== "Get") return;
    gets += 1;
    if (gets > 1) throw new ConnectError("no", Code.PermissionDenied);
  });
  await other.create(expiring);
  const failing = images.update("app:1", { labels: { env: "prod" } });
  await assert.rejects(failing, { code: "permission_denied", method: "update", message: /^update / });
});

it("a second update that fails in another way is reported as it failed", async () => {
  const { images, other, sent } = leased((_other, method, times) => {
    if (method === "Update" && times === 2) throw new ConnectError("busy", Code.Unavailable);
  });
  await other.create(expiring);
  const failing = images.update("app:1", { labels: { env: "prod" } });
  await assert.rejects(failing, { code: "unavailable", outcome: "unknown" });
  assert.deepEqual(sent, ["Get", "Update", "Get", "Update"]);
});
