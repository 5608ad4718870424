import { checkSections } from "./check.js";
import { closing } from "./sections/closing.js";
import { creating } from "./sections/creating.js";
import { deleting } from "./sections/deleting.js";
import { ending } from "./sections/ending.js";
import { errors } from "./sections/errors.js";
import { filtering } from "./sections/filtering.js";
import { names } from "./sections/names.js";
import { oddValues } from "./sections/odd-values.js";
import { rawCalls } from "./sections/raw-calls.js";
import { reading } from "./sections/reading.js";
import { scopes } from "./sections/scopes.js";
import { updating } from "./sections/updating.js";
import type { Target } from "./target.js";

/** If a call never settles, its test fails, not the whole run. */
const TIMEOUT_MS = 30_000;

const sections = {
  reading,
  filtering,
  creating,
  updating,
  deleting,
  names,
  "odd values": oddValues,
  raw: rawCalls,
  scopes,
  errors,
  "ending a call": ending,
  closing,
};

/**
 * Tests of everything that the client promises, against one server.
 *
 * @example
 * contract("containerd 2.x", async () => addressTarget(base, daemon.address));
 */
export function contract(title: string, open: () => Promise<Target>): void {
  checkSections(title, sections, open, TIMEOUT_MS);
}
