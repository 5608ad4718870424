import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient, type ImagesClientOptions } from "../../../src/index.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { Random } from "../../support/random.js";
import { type ChaosReport, type Disturbed, isEnough, workDuring } from "../chaos/chaos.js";
import { proxyKinds, type StartedProxy } from "./proxies.js";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const DURATION_MS = isLong ? 60_000 : 2_000;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"b".repeat(64)}`, size: 1 };

describe(`while eight workers write and read, seed ${SEED}`, () => {
  let daemon: Daemon;

  before(async () => {
    daemon = await startDaemon("2.x");
  });
  after(() => daemon.stop());

  for (const { title, start, shortReload, status } of proxyKinds) {
    it(`${title} is killed and reloaded: no outcome is wrong, and no call fails for it`, async () => {
      await using proxy = await start(daemon, shortReload);
      const report = await work(title, proxy.options, (random) => restartOrReload(proxy, random));
      assert.equal(report.failedReads, 0, JSON.stringify(report));
      assert.equal(report.failedWrites, report.unknownWrites, JSON.stringify(report));
    });

    it(`the daemon behind ${title} restarts: no outcome is wrong`, async () => {
      await using proxy = await start(daemon);
      await work(`${title} daemon`, proxy.options, () => daemon.restart());
    });

    it(`while the daemon behind ${title} is away, calls fail with ${status}; when it is back, they succeed`, async () => {
      await using proxy = await start(daemon);
      await using images = new ImagesClient({ namespace: "away", ...proxy.options });
      await images.list();
      daemon.kill("SIGKILL");
      await daemon.exited;
      await assert.rejects(images.list(), { code: "unavailable", message: new RegExp(`HTTP status ${status}`) });
      await daemon.restart();
      await images.list();
    });
  }
});

async function restartOrReload(proxy: StartedProxy, random: Random): Promise<void> {
  if (random.chance(0.5)) await proxy.restart();
  else await proxy.reload();
}

/** Lets workers write and read meanwhile; then all calls succeed, and every response fits to what is stored. */
async function work(
  title: string,
  options: Pick<ImagesClientOptions, "address" | "tls">,
  disturbance: (random: Random) => Promise<void>,
): Promise<ChaosReport> {
  const namespace = title.replaceAll(" ", "-");
  await using images = new ImagesClient({ namespace, timeoutMs: 10_000, ...options });
  const report = await workDuring(images, { workers: 8, durationMs: DURATION_MS, seed: SEED }, (run) =>
    disturb(run, disturbance),
  );
  const details = `${report.complaints.slice(0, 10).join("\n")}\n${JSON.stringify(report)}`;
  assert.equal(report.impossibleStates, 0, details);
  assert.equal(report.overdueCalls, 0, details);
  assert.ok(isEnough(report), `too little happened: ${details}`);
  await images.create({ name: "last", target });
  await images.delete("last");
  return report;
}

async function disturb(run: Disturbed, disturbance: (random: Random) => Promise<void>): Promise<void> {
  const random = new Random(SEED);
  while (!run.isOver) {
    await sleep(random.between(50, 200));
    run.disturbed();
    await disturbance(random);
    run.daemonIsBack();
  }
}
