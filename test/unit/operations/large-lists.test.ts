import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { all, anyOf, field, type Image, ImagesClient, matches, parse } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor, namesOf } from "../../contract/records.js";
import { ManualClock } from "../../support/manual-clock.js";
import { clockedClient } from "./clocked-client.js";
import { followed, hooked, limited } from "./hooked-transport.js";

const names = fc.uniqueArray(
  fc.oneof(
    fc.string({ unit: fc.constantFrom(..."a\nzé\u{10000}\uffff"), minLength: 1, maxLength: 3 }),
    fc.nat(30).map((n) => `registry.example.com/app:${n}`),
  ),
  { minLength: 1, maxLength: 9 },
);

function seeded(names: readonly string[]) {
  const service = new InMemoryImages();
  service.seed(
    names.map((name, n) => ({ name, target: descriptor("a"), labels: { parity: n % 2 === 0 ? "even" : "odd" } })),
  );
  const lists = () => service.calls.filter(({ method }) => method === "list").length;
  return { service, lists };
}

function client(transport: InMemoryImages["transport"]): ImagesClient {
  return new ImagesClient({ namespace: "default", transport });
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const inOrder = (names: readonly string[]) => [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

describe("a list that is refused as too large", () => {
  it("is complete and in order, whatever the names and however little the server gives at once", async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 5 }), async (names, most) => {
        const images = client(limited(seeded(names).service.transport, most));
        assert.deepEqual(namesOf(await images.list()), inOrder(names));
        const iterated: string[] = [];
        for await (const { name } of images.iterate()) iterated.push(name);
        assert.deepEqual(inOrder(iterated), inOrder(names));
      }),
      { numRuns: 8 },
    );
  });

  it("is in the order of UTF-8, which is not that of strings", async () => {
    const names = ["Z", "a", "é", "\ue000", "\uffff", "\u{10000}"];
    assert.notDeepEqual([...names].sort(), names);
    assert.deepEqual(namesOf(await client(limited(seeded(names).service.transport, 1)).list()), names);
  });

  it("is combined with the caller's filter in each of its alternatives", async () => {
    const all60 = Array.from({ length: 60 }, (_, n) => `app:${n}`);
    const { service } = seeded(all60);
    const images = client(limited(service.transport, 12));
    const everything = await client(service.transport).list();
    const odd = field.label("parity").equals("odd");
    const filters = [
      all,
      odd,
      anyOf(odd, field.name.equals("app:2")),
      odd.and(field.name.matches("7$")).or(field.name.startsWith("app:1")),
      field.name.equals("none"),
      parse('labels.parity=="odd"', ""),
      parse(...all60.map((name) => `name==${JSON.stringify(name)}`)),
      parse(...Array.from({ length: 260 }, (_, n) => `name=="app:${n}"`)),
    ];
    for (const filter of filters) {
      const expected = everything.filter((image) => matches(filter, image));
      assert.deepEqual(await images.list(filter), expected, String(filter).slice(0, 80));
    }
  });

  it("names the record that is too large by itself, and a hint is all that it changes", async () => {
    const { service } = seeded(["a", "é\n"]);
    const images = client(limited(service.transport, 0));
    for (const [filter, name] of [
      [field.name.equals("a"), "a"],
      [field.name.startsWith("é"), "é\\n"],
    ] as const)
      await assert.rejects(images.list(filter), {
        code: "resource_exhausted",
        message: 'list in namespace "default": too many records',
        hint: `unless this is a rate limit, the record "${name}" fits in no response: it can be deleted, but not read`,
      });
  });

  it("names no record if every list is refused, as by a rate limit", async () => {
    const { service } = seeded(["a"]);
    const images = client(limited(service.transport, -1));
    await assert.rejects(images.list(), { code: "resource_exhausted", hint: undefined });
  });

  it("takes few lists more than it has parts", async () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `registry.example.com/team/app-${n}:latest`);
    const { service, lists } = seeded(names);
    assert.equal((await client(limited(service.transport, 600)).list()).length, 1_000);
    assert.equal(lists(), 3);
    assert.equal((await client(limited(service.transport, 300)).list()).length, 1_000);
    assert.equal(lists() - 3, 7);
  });

  it("has nothing twice, and nothing missing of what stays, while others come and go", async () => {
    const staying = Array.from({ length: 100 }, (_, n) => `stays:${n}`);
    const { service } = seeded(staying);
    const other = client(service.transport);
    let turn = 0;
    const churn = async () => {
      turn += 1;
      for (let n = 0; n < 10; n += 1) await other.upsert({ name: `comes:${turn * 10 + n}`, target: descriptor("b") });
      for (let n = 0; n < 5; n += 1) await other.delete(`comes:${turn * 10 + n}`);
      await other.update(`stays:${turn % 100}`, { target: descriptor("b"), labels: { turn: String(turn) } });
    };
    const images = client(
      hooked(limited(service.transport, 15), (method) => (method === "List" ? churn() : undefined)),
    );
    const listed = namesOf(await images.list());
    assert.equal(new Set(listed).size, listed.length);
    assert.deepEqual(
      listed.filter((name) => name.startsWith("stays")),
      inOrder(staying),
    );
    assert.deepEqual(listed, inOrder(listed));
    assert.ok(turn > 8, "it took many lists");
  });

  it("fails where a single record is too large, or nothing is small enough", async () => {
    const { service, lists } = seeded(["a", "b"]);
    await assert.rejects(client(limited(service.transport, 0)).list(), { code: "resource_exhausted", method: "list" });
    assert.ok(lists() < 200, `${lists()} lists`);
    const refusing = new InMemoryImages();
    refusing.failNext("list", "resource_exhausted", { times: 100 });
    await assert.rejects(client(refusing.transport).list(), { code: "resource_exhausted" });
    assert.ok(refusing.calls.length < 30, `${refusing.calls.length} lists of a server that refuses all`);
  });

  it("fails with the failure of a part", async () => {
    const { service } = seeded(Array.from({ length: 20 }, (_, n) => `app:${n}`));
    let lists = 0;
    const transport = hooked(limited(service.transport, 12), (method) => {
      lists += 1;
      if (method === "List" && lists === 2) service.failNext("list", "permission_denied");
    });
    await assert.rejects(client(transport).list(), { code: "permission_denied", attempts: 2 });
    assert.equal(lists, 2);
  });

  it("gives each list a deadline of its own", async () => {
    const { service, lists } = seeded(Array.from({ length: 40 }, (_, n) => `app:${n}`));
    const clock = new ManualClock();
    const slow = hooked(limited(service.transport, 10), () => clock.advance(40_000));
    assert.equal((await clockedClient(slow, clock).list()).length, 40);
    assert.ok(lists() > 6);
  });
});

describe("a list of many records in several parts", () => {
  const many = Array.from({ length: 5_000 }, (_, n) => `registry.example.com/team/app-${n}:latest`);

  /** A client that gets them with three Lists, of which the first is refused; the last one calls `actAtLast`. */
  function clientOfMany(actAtLast: () => void): ImagesClient {
    let lists = 0;
    const act = () => {
      lists += 1;
      if (lists === 3) actAtLast();
    };
    return client(followed(limited(seeded(many).service.transport, 3_000), act));
  }

  it("gives timers and connections a turn while they are put in order", async () => {
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    const images = clientOfMany(() => setImmediate(turn));
    assert.deepEqual(namesOf(await images.list()), inOrder(many));
    isDone = true;
    assert.ok(turns >= 4, `${turns} turns`);
  });

  it("ends with the signal while they are put in order", async () => {
    const controller = new AbortController();
    const images = clientOfMany(() => setImmediate(() => controller.abort("enough")));
    await assert.rejects(images.list(all, { signal: controller.signal }), {
      code: "canceled",
      method: "list",
      namespace: "default",
      outcome: "not-applied",
      attempts: 3,
      cause: "enough",
    });
  });
});

describe("iterate", () => {
  it("gives the records of one list in the order of their names", async () => {
    const iterated: string[] = [];
    for await (const { name } of client(seeded(["b", "c", "a"]).service.transport).iterate()) iterated.push(name);
    assert.deepEqual(iterated, ["a", "b", "c"]);
  });

  it("asks for nothing before the loop begins, and for nothing more once it is left", async () => {
    const { service, lists } = seeded(Array.from({ length: 40 }, (_, n) => `app:${n}`));
    const images = client(limited(service.transport, 15));
    const iterator = images.iterate();
    assert.equal(lists(), 0);
    await iterator.return();
    assert.equal(lists(), 0);
    for await (const image of images.iterate()) {
      assert.ok(image.name.startsWith("app:"));
      break;
    }
    const listsOfOnePart = lists();
    assert.ok(listsOfOnePart < 7, `${listsOfOnePart} lists`);
    for await (const image of images.iterate()) assert.ok(image.name.startsWith("app:"));
    assert.ok(lists() - listsOfOnePart > listsOfOnePart);
  });

  for (const mostAtOnce of [40, 15]) {
    it(`keeps no record that the loop has let go, of ${mostAtOnce} at once`, async () => {
      const { service } = seeded(Array.from({ length: 40 }, (_, n) => `app:${n}`));
      const handedOut: WeakRef<Image>[] = [];
      for await (const image of client(limited(service.transport, mostAtOnce)).iterate()) {
        handedOut.push(new WeakRef(image));
        if (handedOut.length % 8 !== 0) continue; // a collection takes long
        await nextTurn(); // until then a WeakRef keeps its target
        collectGarbage();
        const kept = handedOut.filter((ref) => ref.deref() !== undefined).length;
        assert.ok(kept <= 2, `${kept} of ${handedOut.length} records are kept`);
      }
      assert.equal(handedOut.length, 40);
    });
  }

  it("ends with the signal, between the lists too", async () => {
    const { service } = seeded(Array.from({ length: 40 }, (_, n) => `app:${n}`));
    const images = client(limited(service.transport, 15));
    const controller = new AbortController();
    await assert.rejects(
      async () => {
        for await (const _ of images.iterate(all, { signal: controller.signal })) controller.abort();
      },
      { code: "canceled" },
    );
  });

  it("ends with the signal before the next record, and says how many requests were sent", async () => {
    const { service } = seeded(["app:1", "app:2"]);
    const controller = new AbortController();
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { name } of client(service.transport).iterate(all, { signal: controller.signal })) {
          seen.push(name);
          controller.abort("enough");
        }
      },
      { code: "canceled", method: "iterate", namespace: "default", attempts: 1, cause: "enough" },
    );
    assert.deepEqual(seen, ["app:1"]);
  });

  it("refuses a filter that the server would answer with silence, before the loop", () => {
    const images = client(new InMemoryImages().transport);
    assert.throws(() => images.iterate(parse("name~=(")), { code: "invalid_argument" });
    assert.throws(() => images.iterate(all, { timeoutMs: 0 }), { code: "invalid_argument" });
  });
});
