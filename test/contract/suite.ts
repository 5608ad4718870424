import { after, before, describe, it } from "node:test";
import type { ImagesClient } from "../../src/index.js";
import { freshNamespace } from "./records.js";
import { closing } from "./sections/closing.js";
import { creating } from "./sections/creating.js";
import { deleting } from "./sections/deleting.js";
import { ending } from "./sections/ending.js";
import { errors } from "./sections/errors.js";
import { filtering } from "./sections/filtering.js";
import { oddValues } from "./sections/odd-values.js";
import { rawCalls } from "./sections/raw-calls.js";
import { reading } from "./sections/reading.js";
import { scopes } from "./sections/scopes.js";
import { updating } from "./sections/updating.js";
import type { Target } from "./target.js";

/** If a call never settles, its test fails, not the whole run. */
const TIMEOUT_MS = 30_000;

/** Where one test of the contract runs. */
export interface Context {
  readonly target: Target;
  /** The namespace of the test's client, which was not used before. */
  readonly namespace: string;
}

/** Declares one test of the contract, with a client in a namespace of its own. */
export type Check = (title: string, run: (images: ImagesClient, context: Context) => Promise<void>) => void;

const sections = {
  reading,
  filtering,
  creating,
  updating,
  deleting,
  "odd values": oddValues,
  raw: rawCalls,
  scopes,
  errors,
  "ending a call": ending,
  closing,
} satisfies Record<string, (check: Check) => void>;

/**
 * Tests of everything that the client promises, against one server.
 *
 * @example
 * contract("containerd 2.x", async () => addressTarget(base, daemon.address));
 */
export function contract(title: string, open: () => Promise<Target>): void {
  describe(title, () => {
    let target: Target;
    before(async () => {
      target = await open();
    });
    after(() => target.dispose());
    const check: Check = (what, run) => {
      it(what, { timeout: TIMEOUT_MS }, async () => {
        const namespace = freshNamespace();
        await using images = target.client(namespace);
        await run(images, { target, namespace });
      });
    };
    for (const [name, declare] of Object.entries(sections)) describe(name, () => declare(check));
  });
}
