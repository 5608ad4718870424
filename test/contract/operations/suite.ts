import { after, before, describe, it } from "node:test";
import { freshNamespace } from "../records.js";
import type { Check } from "../suite.js";
import type { Target } from "../target.js";
import { deletingMany } from "./sections/deleting-many.js";
import { largeLists } from "./sections/large-lists.js";
import { tagging } from "./sections/tagging.js";
import { upserting } from "./sections/upserting.js";
import { waiting } from "./sections/waiting.js";

const sections = {
  upsert: upserting,
  tag: tagging,
  deleteMany: deletingMany,
  waitFor: waiting,
  "lists past 16 MiB": largeLists,
} satisfies Record<string, (check: Check) => void>;

/** Tests of the methods that are built on the five RPCs, against one server. */
export function operations(title: string, open: () => Promise<Target>): void {
  describe(title, () => {
    let target: Target;
    before(async () => {
      target = await open();
    });
    after(() => target.dispose());
    const check: Check = (what, run) => {
      it(what, async () => {
        const namespace = freshNamespace();
        await using images = target.client(namespace);
        await run(images, { target, namespace });
      });
    };
    for (const [name, declare] of Object.entries(sections)) describe(name, () => declare(check));
  });
}
