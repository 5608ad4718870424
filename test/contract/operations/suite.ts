import { checkSections } from "../check.js";
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
};

/** Tests of the methods that are built on the five RPCs, against one server. Large lists take longest of all. */
export function operations(title: string, open: () => Promise<Target>, hasLargeLists = true): void {
  const { "lists past 16 MiB": _, ...others } = sections;
  checkSections(title, hasLargeLists ? sections : others, open);
}
