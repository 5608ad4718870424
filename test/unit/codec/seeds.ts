import type { TestContext } from "node:test";
import { Random } from "../../support/random.js";

const { CONTAINERD_IMAGES_SEED } = process.env;

/** Runs `body` for so many seeds, and says which one failed. CONTAINERD_IMAGES_SEED repeats a run. */
export function forSeeds(t: TestContext, count: number, body: (random: Random) => void): void {
  const first = Number(CONTAINERD_IMAGES_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`${count} cases from seed ${first}`);
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      body(new Random(seed));
    } catch (cause) {
      throw new Error(`${cause}; repeat with CONTAINERD_IMAGES_SEED=${seed}`, { cause });
    }
  }
}
