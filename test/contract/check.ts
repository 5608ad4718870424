import { after, before, describe, it } from "node:test";
import type { ImagesClient } from "../../src/index.js";
import { freshNamespace } from "./records.js";
import type { Target } from "./target.js";

/** Where one test of a suite runs. */
export interface Context {
  readonly target: Target;
  /** The namespace of the test's client, which was not used before. */
  readonly namespace: string;
}

/** Declares one test, with a client in a namespace of its own. */
export type Check = (title: string, run: (images: ImagesClient, context: Context) => Promise<void>) => void;

/** Longer than any test takes. In Deno, `Infinity` would be no time at all. */
const MAX_TIMEOUT_MS = 600_000;

/** Declares the tests of all sections against one server; `timeoutMs` is the time that one test has. */
export function checkSections(
  title: string,
  sections: Readonly<Record<string, (check: Check) => void>>,
  open: () => Promise<Target>,
  timeoutMs = MAX_TIMEOUT_MS,
): void {
  describe(title, () => {
    let target: Target;
    before(async () => {
      target = await open();
    });
    after(() => target.dispose());
    const check: Check = (what, run) => {
      it(what, { timeout: timeoutMs }, async () => {
        const namespace = freshNamespace();
        await using images = target.client(namespace);
        await run(images, { target, namespace });
      });
    };
    for (const [name, declare] of Object.entries(sections)) describe(name, () => declare(check));
  });
}
