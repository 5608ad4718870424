import type { TestContext } from "node:test";

/** Random choices that a seed repeats. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const { CONTAINERD_IMAGES_LONG, CONTAINERD_IMAGES_SEED } = process.env;

/** Whether the long form of the tests was asked for. */
export const isLong = CONTAINERD_IMAGES_LONG === "1";

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
