import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { it } from "node:test";
import { record } from "../../../bench/records.js";
import { answerAll, type Response, respondWith } from "../../../bench/stub/connection.js";
import { encodedRecord } from "../../../bench/stub/encoded-record.js";
import { ImagesClient } from "../../../src/index.js";

/** The client of a stub with these responses. */
async function clientOf(responses: readonly Response[]): Promise<ImagesClient & AsyncDisposable> {
  const server = createServer((socket) => answerAll(socket, responses)).listen(0, "127.0.0.1");
  server.unref();
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  return new ImagesClient({ namespace: "bench", address: `http://127.0.0.1:${port}` });
}

it("gets are responded with one record after the other", async () => {
  await using images = await clientOf([0, 1, 2].map((index) => respondWith(encodedRecord(index))));
  const names: string[] = [];
  for (let index = 0; index < 4; index++) names.push((await images.get("x")).name);
  assert.deepEqual(
    names,
    [0, 1, 2, 0].map((index) => record(index).name),
  );
});

it("the labels of records have different orders", () => {
  const keys = Object.keys(record(0).labels ?? {});
  const orderOf = (bytes: Buffer) => keys.toSorted((a, b) => bytes.indexOf(a) - bytes.indexOf(b)).join();
  const orders = new Set(Array.from({ length: 20 }, (_, index) => orderOf(Buffer.from(encodedRecord(index)))));
  assert.ok(orders.size > 15, `20 records have only ${orders.size} orders`);
});

it("a list that is rejected comes in parts", async () => {
  const part = (...indexes: readonly number[]) => respondWith(Buffer.concat(indexes.map(encodedRecord)));
  await using images = await clientOf(["rejected", part(0, 1), part(2)]);
  assert.equal((await images.list()).length, 3);
  const names: string[] = [];
  for await (const { name } of images.iterate()) names.push(name);
  assert.deepEqual(
    names,
    [0, 1, 2].map((index) => record(index).name),
  );
});
