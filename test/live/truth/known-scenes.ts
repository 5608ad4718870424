import type { Scene } from "./scene.js";

const plain = {
  seed: 0,
  version: "2.x",
  hasCri: false,
  route: "unix",
  method: "create",
  prior: "absent",
  fault: "cut-applied",
  faultAt: 1,
  isLasting: false,
  losesRead: false,
  gatewayCode: 500,
  cutAt: 0,
  action: "nothing",
  point: "after",
  clock: "true",
  daemonClock: "true",
  eventsLateMs: 0,
  lease: "none",
  isWarm: true,
  retries: true,
} as const satisfies Scene;

const known = {
  "takes CRI's label for another writer's": [
    { action: "label-as-cri" },
    { action: "label-as-cri", method: "upsert" },
    { action: "label-as-cri", method: "replace", prior: "different" },
    { action: "label-as-cri", method: "update-all-labels", prior: "different" },
    { hasCri: true, action: "let-cri" },
    { hasCri: true, action: "let-cri", method: "upsert", version: "1.7" },
    { hasCri: true, action: "let-cri", method: "replace", prior: "different", version: "1.6" },
  ],
  "believes a date that a writer has chosen": [
    { method: "delete", prior: "different", action: "create-dated-past" },
    { method: "delete", prior: "different", action: "create-dated-past", version: "1.7" },
    { method: "update-target", prior: "different", action: "retarget-dated-past", fault: "kill-applied" },
  ],
  "does not compare the date asked for": [
    { method: "create-epoch", prior: "as-asked", fault: "cut-lost" },
    { method: "upsert-epoch", prior: "as-asked", fault: "cut-lost" },
    { method: "update-label-epoch", prior: "as-asked", fault: "cut-lost", version: "1.7" },
  ],
  "takes a date that many choose for proof": [
    { method: "create-epoch", action: "relabel-dated-asked" },
    { method: "create-epoch", prior: "as-asked-dated-written", fault: "cut-lost" },
    { method: "upsert-epoch", prior: "as-asked-dated-written", fault: "cut-lost", version: "1.7" },
  ],
  "takes a digest for a record": [
    { method: "delete-if", prior: "different", action: "create-same" },
    { method: "delete-many-records", prior: "different", action: "create-same" },
  ],
  "believes in one clock": [
    { method: "delete", prior: "different", action: "create-same", clock: "ahead-5s" },
    { prior: "as-asked", fault: "cut-lost", clock: "behind-5s" },
    { clock: "ahead-5s" },
    { clock: "steps-ahead", method: "delete", prior: "different", action: "create-same" },
  ],
  "takes a restarted forwarder for a restarted daemon": [
    { method: "update-target", prior: "different", fault: "forwarder-late", action: "retarget", point: "end" },
    { fault: "forwarder-applied", action: "delete" },
  ],
  "takes any record for its own where it knows no clock": [
    { prior: "as-asked", fault: "cut-lost", route: "tls" },
    { prior: "as-asked", fault: "cut-lost", route: "transport" },
    { prior: "as-asked", fault: "cut-lost", route: "tls", method: "raw-create" },
  ],
  "does not list again after a gap": [
    { route: "tls", method: "delete", prior: "different", fault: "kill-applied" },
    { route: "tls", fault: "cut-late", action: "relabel", point: "end" },
  ],
  "keeps records that a list does not have": [
    { route: "tls", method: "delete", prior: "different", fault: "kill-applied" },
    { route: "tls", method: "delete", prior: "different", fault: "kill-lost", action: "delete" },
  ],
  "does not read again what it has just read": [
    { fault: "silence-applied", action: "relabel", point: "end" },
    { fault: "silence-applied", action: "delete", point: "end", method: "update-target", prior: "different" },
  ],
  "takes a record that was not read for none": [{ method: "delete", prior: "different", fault: "silence-lost" }],
  "believes that the daemon's clock runs evenly": [
    { daemonClock: "steps-ahead-after" },
    { daemonClock: "steps-behind-after" },
    { daemonClock: "steps-behind", isWarm: false, prior: "as-asked", fault: "cut-lost" },
    { daemonClock: "steps-ahead", isWarm: false, prior: "as-asked", fault: "cut-lost" },
    { daemonClock: "steps-ahead-after", method: "upsert", route: "tls" },
  ],
  "takes a record for held by the lease": [
    { lease: "kept", fault: "cut-lost", action: "create-same" },
    { lease: "kept", fault: "cut-lost", action: "create-same", method: "upsert" },
    { lease: "kept", fault: "cut-lost", action: "recreate-same", method: "update-all-labels", prior: "different" },
  ],
  "takes a missing record for a missing lease": [
    { lease: "kept", fault: "none", action: "create-other", method: "update-label" },
    { lease: "kept", fault: "none", action: "create-other", method: "replace" },
  ],
  "believes a gateway": [500, 408, 13, 2, 10, 8, 15].map((gatewayCode) => ({
    fault: "gateway-late" as const,
    gatewayCode,
  })),
} as const satisfies Readonly<Record<string, readonly Partial<Scene>[]>>;

/** What the library once got wrong, or what its watch, cache and `waitFor` could. */
export type KnownFault = keyof typeof known;

/** The scenes of each fault. They have seeds below zero, from -1 on down, and are played in every run. */
export const scenesOfFault = numbered(known);

export const knownScenes: readonly Scene[] = Object.values(scenesOfFault).flat();

function numbered<Fault extends string>(
  faults: Readonly<Record<Fault, readonly Partial<Scene>[]>>,
): Readonly<Record<Fault, readonly Scene[]>> {
  let seed = 0;
  const complete = (scene: Partial<Scene>): Scene => {
    seed -= 1;
    return { ...plain, ...scene, seed };
  };
  const entries = Object.entries<readonly Partial<Scene>[]>(faults);
  // fromEntries forgets the keys, which are those of `faults`.
  return Object.fromEntries(entries.map(([fault, scenes]) => [fault, scenes.map(complete)])) as Record<Fault, Scene[]>;
}
