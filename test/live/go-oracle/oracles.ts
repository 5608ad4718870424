import { after, it } from "node:test";
import { versions } from "../../support/daemon/daemon.js";
import { isFetched } from "../../support/daemon/fetch.js";
import { isLong } from "../../support/is-long.js";
import { GoOracle } from "./oracle.js";

const { CONTAINERD_IMAGES_SEED } = process.env;

/** The short run is the same every time; the long one looks for something new. */
export const seed = Number(CONTAINERD_IMAGES_SEED ?? (isLong ? Date.now() % 2 ** 31 : 1));

/**
 * The oracles of all versions, up to the end of the block. Go is large: only the long run fetches it where it is
 * missing, and the short run has a skipped test in its place.
 */
export async function startOracles(): Promise<GoOracle[]> {
  const available = await Promise.all(versions.map(async (version) => isLong || (await isFetched(`go-${version}`))));
  const asked = versions.filter((_, index) => available[index]);
  for (const version of versions) if (!asked.includes(version)) leaveOut(`the Go of containerd ${version} is asked`);
  const oracles = await Promise.all(asked.map((version) => GoOracle.start(version)));
  after(() => Promise.all(oracles.map((oracle) => oracle[Symbol.asyncDispose]())));
  return oracles;
}

function leaveOut(title: string): void {
  it(title, { skip: "this Go is not in the cache; `npm run test:long -- go-oracle` fetches it" }, () => {});
}
