import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Image, ImagesClient, type Watch } from "../../../src/index.js";
import { type Daemon, startDaemon, versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { LastResponses } from "./last-responses.js";
import { writeUntil } from "./writer.js";

const RESTARTS = isLong ? 100 : 5;
/** What a slow consumer takes for each event. */
const BUSY_MS = isLong ? 200 : 20;
const RECONNECT_MS = 500;
/** Once in a while a busy machine does nothing for longer than that. */
const MAX_RECONNECT_MS = 4 * RECONNECT_MS;
const namespace = "restarts";

interface Told {
  diagnostic(text: string): void;
}

/** Applies the events of a watch, and compares the result with the last list at every `synced`. */
class Consumer {
  readonly state = new Map<string, Image>();
  syncedAt = 0;
  syncs = 0;
  events = 0;

  async consume(watch: Watch, responses: LastResponses, busyMs: number): Promise<void> {
    for await (const { type, image } of watch) {
      this.events += 1;
      if (type === "synced") this.#compare(responses.listed);
      else if (type === "deleted") this.state.delete(image.name);
      else this.state.set(image.name, image);
      if (busyMs > 0) await sleep(busyMs);
    }
  }

  #compare(images: readonly Image[]): void {
    this.syncs += 1;
    this.syncedAt = performance.now();
    assert.deepEqual(byName([...this.state.values()]), byName(images));
  }
}

function byName(images: readonly Image[]): readonly Image[] {
  return images.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Restarts the daemon again and again; returns how long after each restart the watch was `back`, in milliseconds. */
async function restartAgainAndAgain(daemon: Daemon, back: () => number): Promise<number[]> {
  const times: number[] = [];
  while (back() === 0) await sleep(1);
  for (let round = 0; round < RESTARTS; round += 1) {
    await sleep(200);
    daemon.kill(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
    await daemon.exited;
    const gone = performance.now();
    await daemon.restart();
    // The watch may have found the daemon before the test did.
    const ready = performance.now();
    while (back() < gone) await sleep(1);
    times.push(Math.max(0, back() - ready));
  }
  return times;
}

function checkTimes(times: readonly number[], what: string, t: Told): void {
  const sorted = times.toSorted((a, b) => a - b);
  const [median = Number.NaN, max = Number.NaN] = [sorted[sorted.length >> 1], sorted.at(-1)];
  t.diagnostic(`${times.length} restarts, ${what} after ${median.toFixed()} ms (median), ${max.toFixed()} ms (max)`);
  assert.ok(median <= RECONNECT_MS && max <= MAX_RECONNECT_MS, `${times.map(Math.round)} ms`);
}

for (const version of versions) {
  describe(`a watch through restarts of containerd ${version} under writes`, { timeout: 3_600_000 }, () => {
    let daemon: Daemon;
    let images: ImagesClient;
    let writing: ImagesClient;
    let stop: AbortController;
    let writes: Promise<number>;

    before(async () => {
      daemon = await startDaemon(version);
      images = new ImagesClient({ namespace, address: daemon.address });
      writing = new ImagesClient({ namespace, address: daemon.address });
      stop = new AbortController();
      writes = writeUntil(writing, stop.signal);
    });
    after(async () => {
      stop.abort();
      await writes;
      await images.close();
      await writing.close();
      await daemon.stop();
    });

    it("has synced again within 500 ms, mostly", async (t) => {
      using responses = new LastResponses(namespace);
      const watch = images.watch();
      const consumer = new Consumer();
      const consumed = consumer.consume(watch, responses, 0);
      const times = await Promise.race([
        restartAgainAndAgain(daemon, () => consumer.syncedAt),
        consumed.then(() => assert.fail("the watch ended")),
      ]);
      await watch.return();
      await consumed;
      checkTimes(times, "synced", t);
    });

    it("reconnects while its consumer is busy, and gets that consumer into step too", async (t) => {
      using responses = new LastResponses(namespace);
      const watch = images.watch();
      const consumer = new Consumer();
      const consumed = consumer.consume(watch, responses, BUSY_MS);
      const times = await Promise.race([
        restartAgainAndAgain(daemon, () => responses.at.get("version") ?? 0),
        consumed.then(() => assert.fail("the watch ended")),
      ]);
      stop.abort();
      const count = await writes;
      // Through raw, so that it does not count as a list of the watch.
      const expected = (await writing.raw.list({})).images.map(({ name, target }) => [name, target?.digest]);
      const current = () => byName([...consumer.state.values()]).map(({ name, target }) => [name, target.digest]);
      while (JSON.stringify(current()) !== JSON.stringify(expected)) await Promise.race([sleep(5), consumed]);
      await watch.return();
      await consumed;
      assert.ok(consumer.syncs >= 2, `${consumer.syncs} times synced`);
      t.diagnostic(`${count} writes, ${consumer.events} events, ${consumer.syncs} times synced`);
      checkTimes(times, "connected", t);
    });
  });
}
