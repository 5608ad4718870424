import assert from "node:assert/strict";
import { all, field, type ImagesClient } from "../../../../src/index.js";
import type { Check } from "../../check.js";
import { descriptor, namesOf } from "../../records.js";

// Over 16 MiB in all, in few records: each takes calls of its own.
const COUNT = 120;
const LARGE = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`large-${n}`, "x".repeat(4_000)]));

async function fill(images: ImagesClient): Promise<string[]> {
  const names = Array.from({ length: COUNT }, (_, n) => `registry.example.com/team/app-${n % 7}:v1.${n}`);
  const queue = names.values();
  const create = async () => {
    for (const name of queue) {
      const labels = { ...LARGE, kind: name.endsWith("5") ? "five" : "other" };
      await images.create({ name, target: descriptor("a"), labels });
    }
  };
  await Promise.all(Array.from({ length: 16 }, create));
  return names.sort();
}

export function largeLists(check: Check): void {
  check("a list that the server refuses as too large is complete, in order, and has nothing twice", async (images) => {
    const names = await fill(images);
    await assert.rejects(images.raw.list({}), { code: "resource_exhausted" });
    assert.deepEqual(namesOf(await images.list()), names);
    assert.deepEqual(namesOf(await images.list(field.label("kind").equals("other").or(field.name.equals("x")))), [
      ...names.filter((name) => !name.endsWith("5")),
    ]);

    const iterated: string[] = [];
    for await (const { name } of images.iterate(all)) iterated.push(name);
    assert.deepEqual(iterated.sort(), names);
    for await (const { name } of images.iterate()) {
      assert.ok(names.includes(name));
      break;
    }
    const { results } = await images.deleteMany(field.label("kind").present(), { concurrency: 32 });
    assert.deepEqual(
      results.map(({ name, status }) => `${name} ${status}`),
      names.map((name) => `${name} deleted`),
    );
  });
}
