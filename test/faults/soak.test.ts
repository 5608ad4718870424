import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { it } from "node:test";
import { ImagesClient } from "../../src/client.js";
import { isImagesError } from "../../src/errors.js";
import { isLong } from "../support/is-long.js";
import { usedBytes } from "./collect-garbage.js";
import { Peer } from "./peer.js";

// The calls of a busy day: very many calls, some of them canceled by the caller, and a daemon that restarts.
const CALLS = isLong ? 200_000 : 4_000;
const CALLS_BETWEEN_RESTARTS = 500;
const IN_FLIGHT = 64;
const MAX_GROWTH_BYTES = 4 << 20;
const expected = new Set(["ok", "canceled", "unavailable"]);

it(`${CALLS} calls and ${CALLS / CALLS_BETWEEN_RESTARTS} restarts leave heap and descriptors as they were`, async () => {
  using peer = await Peer.start({});
  const shared = new AbortController(); // never aborted: it ends with the program
  await using images = new ImagesClient({ address: peer.path, namespace: "default" });
  const results = new Map<string, number>();
  const soak = async (calls: number) => {
    for (let made = 0; made < calls; made += CALLS_BETWEEN_RESTARTS) {
      let left = CALLS_BETWEEN_RESTARTS;
      const worker = async () => {
        for (left -= 1; left >= 0; left -= 1) {
          const result = await resultOf(call(images, left, shared.signal));
          results.set(result, (results.get(result) ?? 0) + 1);
        }
      };
      const workers = Promise.all(Array.from({ length: IN_FLIGHT }, worker));
      await new Promise((resolve) => setImmediate(resolve));
      await restart(peer);
      await workers;
    }
  };
  await soak(2 * CALLS_BETWEEN_RESTARTS);
  const before = { bytes: await usedBytes(), descriptors: readdirSync("/proc/self/fd").length };
  await soak(CALLS);
  const grownBytes = (await usedBytes()) - before.bytes;
  assert.ok(grownBytes < MAX_GROWTH_BYTES, `the heap grew by ${grownBytes} bytes`);
  assert.ok(readdirSync("/proc/self/fd").length <= before.descriptors);
  assert.equal(peer.open.size, 1);
  assert.deepEqual(
    [...results.keys()].filter((result) => !expected.has(result)),
    [],
  );
  assert.ok((results.get("ok") ?? 0) > CALLS / 2, JSON.stringify([...results]));
  assert.ok((results.get("canceled") ?? 0) > 0);
});

function call(images: ImagesClient, number: number, signal: AbortSignal): Promise<unknown> {
  switch (number % 8) {
    case 0:
      return images.list(undefined, { signal });
    case 1:
      return images.delete("app:1", { signal });
    case 2:
      return images.get("app:1", { signal: AbortSignal.abort() });
    case 3: {
      const own = new AbortController();
      const result = images.get("app:1", { signal: own.signal });
      setImmediate(() => own.abort());
      return result;
    }
    default:
      return images.get("app:1", { signal });
  }
}

async function resultOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "ok";
  } catch (error) {
    if (!isImagesError(error)) throw error;
    return error.code;
  }
}

async function restart(peer: Peer): Promise<void> {
  peer.deafen();
  for (const connection of peer.open) connection.close();
  await peer.listen();
}
