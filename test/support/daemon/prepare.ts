import { bundleNames } from "./bundles.js";
import { cacheDir } from "./cache-dir.js";
import { assertRoot } from "./daemon.js";
import { fetchBundles } from "./fetch.js";

// Fetches all that the tests run, or says what is missing. Run it by itself with
// `npx tsx test/support/daemon/prepare.ts`.
const started = performance.now();
try {
  assertRoot(); // first, because root has a cache of its own
  const fetched = await fetchBundles(bundleNames);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(fetched.length === 0 ? `All there, in ${cacheDir()}.` : `Fetched ${fetched.join(", ")} in ${seconds} s.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
