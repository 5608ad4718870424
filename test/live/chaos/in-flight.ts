import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient, isImagesError, type Outcome } from "../../../src/index.js";
import { startDaemon, type Version } from "../../support/daemon/daemon.js";
import { Random } from "../../support/random.js";
import { ABSENT, Oracle, stateOf } from "./oracle.js";

/** The results of many rounds in which the daemon was killed with writes in flight. */
export interface InFlightReport {
  readonly writes: number;
  /** Lost responses for which reading back showed that the write was applied. */
  readonly resolved: number;
  /** Creates with an unknown outcome. */
  readonly unknownCreates: number;
  /**
   * Deletes with an unknown outcome. After each of them there is a record, which may be another writer's for all that a
   * client can see.
   */
  readonly unknownDeletes: number;
  /** Writes whose response or error does not agree with the stored record. */
  readonly wrong: readonly string[];
}

const IN_FLIGHT = 48;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

/** Kills the daemon repeatedly during 48 creates and deletes, and compares every response with the stored records. */
export async function killInFlight(version: Version, rounds: number, seed: number): Promise<InFlightReport> {
  await using daemon = await startDaemon(version);
  let resolved = 0;
  const onRetry = ({ action }: { readonly action: string }) => {
    if (action === "resolved") resolved += 1;
  };
  const images = new ImagesClient({ namespace: "in-flight", address: daemon.address, retry: { onRetry } });
  const random = new Random(seed);
  const wrong: string[] = [];
  let [unknownCreates, unknownDeletes] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const names = Array.from({ length: IN_FLIGHT }, (_, index) => `round-${round}/image-${index}`);
    // Every second record is there, to be deleted.
    const doomed = new Set(names.filter((_, index) => index % 2 === 0));
    await Promise.all([...doomed].map((name) => images.create({ name, target })));
    const writes = names.map((name) => write(images, name, doomed.has(name)));
    await sleep(random.between(0, 25));
    await daemon.restart("SIGKILL");
    const outcomes = await Promise.all(writes);
    const found = new Map((await images.list()).map((image) => [image.name, stateOf(image)]));
    for (const [index, name] of names.entries()) {
      const outcome = outcomes[index] ?? "unknown";
      const state = found.get(name) ?? ABSENT;
      if (outcome === "unknown" && doomed.has(name)) unknownDeletes += 1;
      if (outcome === "unknown" && !doomed.has(name)) unknownCreates += 1;
      if (outcome === "unknown" && doomed.has(name) && state === ABSENT) wrong.push(`${name}: unknown, and it is gone`);
      if (!fits(doomed.has(name), outcome, state)) wrong.push(`${name}: ${outcome}, and it is ${state}`);
    }
  }
  await images.close();
  return { writes: rounds * IN_FLIGHT, resolved, unknownCreates, unknownDeletes, wrong };
}

async function write(images: ImagesClient, name: string, isDoomed: boolean): Promise<"ok" | Outcome> {
  try {
    await (isDoomed ? images.delete(name) : images.create({ name, target }));
    return "ok";
  } catch (error) {
    if (isImagesError(error)) return error.outcome;
    throw error;
  }
}

function fits(isDoomed: boolean, outcome: "ok" | Outcome, state: string): boolean {
  const present = `${target.digest} -`;
  const oracle = new Oracle();
  oracle.wrote(isDoomed ? present : ABSENT, "ok");
  oracle.wrote(isDoomed ? ABSENT : present, outcome);
  return oracle.read(state);
}
