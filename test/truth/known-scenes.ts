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
  isWarm: true,
} as const satisfies Scene;

/** Scenes in which the library once lied, by what it got wrong. They are played in every run. */
const known: Readonly<Record<string, readonly Partial<Scene>[]>> = {
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
  ],
  "believes a gateway": [500, 408, 13, 2, 10, 8, 15].map((gatewayCode) => ({ fault: "gateway-late", gatewayCode })),
};

/** All of them, with seeds below zero, from -1 on down. */
export const knownScenes: readonly Scene[] = Object.values(known)
  .flat()
  .map((scene, index) => ({ ...plain, ...scene, seed: -1 - index }));
