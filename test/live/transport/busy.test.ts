import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { sharedDaemon } from "../../support/daemon/daemon.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

// Bun and Deno read what has arrived at other times than Node.
describe("a program in any runtime", () => {
  it("gets the responses that came in time, although it was busy until after the deadline", async () => {
    const { address } = await sharedDaemon("2.x");
    await using others = new ImagesClient({ namespace: "busy", address });
    await using images = new ImagesClient({ namespace: "busy", address, timeoutMs: 1_000 });
    for (const client of [others, images]) await client.create({ name: `of ${client === images}`, target });
    for (let round = 0; round < 2; round += 1) {
      const calls = [
        images.create({ name: `app:${round}`, target }),
        images.update("of true", { labels: { round: `${round}` } }),
        images.find("missing"),
        images.waitFor("of true", "present", { timeoutMs: 1_000 }),
      ];
      await others.find("missing"); // the program goes on in a callback of a connection, before timers run
      computeFor(1_200);
      await Promise.all(calls);
    }
  });
});

function computeFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
