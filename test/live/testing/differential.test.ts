import { it } from "node:test";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { counterparts } from "../../support/raw-cases/versions.js";
import { compareWithDaemon } from "./differential.js";

const steps = isLong ? 5_000 : 200;
const seed = isLong ? Date.now() : 20_251_121; // a failure names the seed

for (const version of versions) {
  it(`${steps} random calls come to the same on containerd ${version} and in memory`, async () => {
    await using daemon = await startDaemon(version);
    await compareWithDaemon(daemon.address, counterparts[version].profile, { steps, seed });
  });
}
