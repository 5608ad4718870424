import type { KnownFault } from "./known-scenes.js";

/** One change of a source file that puts a fault back; `find` has to be there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** What puts each fault back into the library, so that the oracle has to find lies; see `bite.ts`. */
export const patches: Readonly<Record<KnownFault, readonly Patch[]>> = {
  "takes CRI's label for another writer's": [],
  "believes a date that a writer has chosen": [],
  "does not compare the date asked for": [],
  "takes a digest for a record": [],
  "believes in one clock": [],
  "takes a restarted forwarder for a restarted daemon": [],
  "takes any record for its own where it knows no clock": [],
  "believes a gateway": [],
};
