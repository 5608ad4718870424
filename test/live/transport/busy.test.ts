import { it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { sharedDaemon } from "../../support/daemon/daemon.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

it("calls that were answered in time succeed, although the program was busy until after their deadline", async () => {
  const { address } = await sharedDaemon("2.x");
  await using others = new ImagesClient({ namespace: "busy", address });
  await using images = new ImagesClient({ namespace: "busy", address, timeoutMs: 250 });
  for (const client of [others, images]) await client.create({ name: `of ${client === images}`, target });
  for (let round = 0; round < 5; round += 1) {
    const calls = [
      images.create({ name: `app:${round}`, target }),
      images.update("of true", { labels: { round: `${round}` } }),
      images.find("missing"),
      images.waitFor("of true", "present", { timeoutMs: 250 }),
    ];
    await others.find("missing"); // the program goes on in a callback of a connection, before timers run
    computeFor(350);
    await Promise.all(calls);
  }
});

function computeFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
