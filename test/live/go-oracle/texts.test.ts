import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatWithoutArguments, quote } from "../../../src/testing/store/go-format.js";
import { parseGoTime } from "../../../src/testing/store/go-time.js";
import { isLong } from "../../support/is-long.js";
import { Random } from "../../support/random.js";
import type { Moment } from "./oracle.js";
import { seed, startOracles } from "./oracles.js";
import { randomFormat, randomQuoted, randomTime } from "./texts.js";

const count = isLong ? 200_000 : 5_000;

describe("the in-memory service writes and reads texts as Go does", async () => {
  const oracles = await startOracles();
  const random = new Random(seed);
  const make = (one: (random: Random) => string) => [...new Set(Array.from({ length: count }, () => one(random)))];
  const [formats, times, quotes] = [make(randomFormat), make(randomTime), make(randomQuoted)];

  for (const oracle of oracles) {
    it(`${count} of each, Go of containerd ${oracle.version}`, async (t) => {
      t.diagnostic(`CONTAINERD_IMAGES_SEED=${seed}`);
      const answer = await oracle.ask({ formats, times, quotes });
      assertSame(formats, formats.map(formatWithoutArguments), answer.formats);
      assertSame(quotes, quotes.map(quote), answer.quotes);
      // Go before 1.20 takes any offset, but a containerd that it is made with reads no times.
      if (oracle.version !== "1.6") assertSame(times, times.map(parseGoTime), answer.times.map(nanosOf));
    });
  }
});

function assertSame<T>(inputs: readonly string[], ours: readonly T[], gos: readonly T[]): void {
  assert.equal(gos.length, ours.length);
  const rows = inputs.map((input, index) => ({ input, here: ours[index], go: gos[index] }));
  assert.deepEqual(rows.filter(({ here, go }) => here !== go).slice(0, 10), []);
}

function nanosOf({ error, seconds, nanos }: Moment): bigint | undefined {
  return error === "" ? BigInt(seconds) * 1_000_000_000n + BigInt(nanos) : undefined;
}
