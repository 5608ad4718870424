import type { Operator } from "./filter-node.js";
import { compileRegexp, type Regexp } from "./regexp/compile-regexp.js";

/** How each operator compares the selector's value with the field's text, which is "" if the field is absent. */
export const COMPARE: Readonly<Record<Operator, (value: string) => Regexp>> = {
  "": () => ({ test: Boolean }),
  "==": (value) => ({ test: (text) => text === value && text !== "" }),
  "!=": (value) => ({ test: (text) => text !== value }),
  "~=": compileRegexp,
};
