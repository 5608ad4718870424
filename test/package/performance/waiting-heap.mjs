// waiting-heap.mjs <library>: prints how many bytes of heap a get takes that waits for its turn. It needs --expose-gc.
import { setTimeout as sleep } from "node:timers/promises";

const GETS = 20_000;
const { ImagesClient } = await import(process.argv[2]);
const never = new Promise(() => {});
const images = new ImagesClient({ namespace: "default", transport: { unary: () => never, stream: () => never } });
const names = Array.from({ length: GETS }, (_, index) => `registry.example.com/app:${index}`);
const gets = new Array(GETS);

async function usedBytes() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await sleep(10);
  }
  return process.memoryUsage().heapUsed;
}

for (let warmUp = 0; warmUp < 1_000; warmUp += 1) void images.get("warm-up:1").catch(() => {});
const before = await usedBytes();
for (const [index, name] of names.entries()) gets[index] = images.get(name).catch(() => {});
console.log(Math.round(((await usedBytes()) - before) / GETS));
process.exit();
