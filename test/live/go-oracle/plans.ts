import { all, allOf, anyOf, type Field, type Filter, field } from "../../../src/filters/index.js";
import type { NewImage } from "../../../src/image.js";
import type { Random } from "../../support/random.js";
import { keys } from "../filters/generator.js";

const tests = ["equals", "notEquals", "presentAndNot", "startsWith"] as const;

interface Leaf {
  readonly field: "name" | "digest" | "mediaType" | "label" | "annotation";
  readonly key: string;
  readonly test: "present" | "absent" | "oneOf" | (typeof tests)[number];
  readonly values: readonly string[];
}

interface Branch {
  readonly join: "allOf" | "anyOf" | "and" | "or";
  readonly members: readonly Plan[];
}

/** How a filter is built; what it means is decided without any of the code that is tested. */
export type Plan = Leaf | Branch | "all";

const words = [
  ...[
    "a",
    "ab",
    "b",
    "k",
    "K",
    "é",
    "e\u0301",
    "ß",
    "日本",
    "😀",
    "a😀b",
    "1",
    "-",
    "a b",
    "a\nb",
    "\0",
    "\ufffd",
    "{",
    "[",
    "]",
  ],
  ...[
    "a{2}",
    "a,b",
    'q"q',
    "c:\\d",
    "a|b",
    "^$",
    ".x",
    "/x/",
    "=x",
    "\\",
    "\\E",
    "\\Q",
    "prod",
    "dev",
    "docker.io/",
    "m",
  ],
  ...["sha256:", "\ud7ff\ue000", "\u0085", "\u2028", "\u00ad", "\u{10ffff}", "a".repeat(64), "()", "$", "?", "*"],
] as const;

/** Some tree of what the builder offers. */
export function randomPlan(random: Random, depth = 3): Plan {
  if (random.chance(0.02)) return "all";
  if (depth === 0 || random.chance(0.4)) return randomLeaf(random);
  const members = Array.from({ length: 1 + random.below(3) }, () => randomPlan(random, depth - 1));
  return { join: random.pick(["allOf", "anyOf", "and", "or"]), members };
}

function randomLeaf(random: Random): Leaf {
  const text = () => random.pick(words) + (random.chance(0.3) ? random.pick(words) : "");
  const kind = random.pick<Leaf["field"]>([
    "name",
    "name",
    "digest",
    "mediaType",
    "label",
    "label",
    "label",
    "annotation",
  ]);
  const test = random.pick<Leaf["test"]>([
    ...tests,
    "oneOf",
    kind === "label" || kind === "annotation" ? "absent" : "present",
  ]);
  return { field: kind, key: random.pick(keys), test, values: [text(), ...random.some(3, text)] };
}

/** Plans with less in them. */
export function* smallerPlans(plan: Plan): Generator<Plan> {
  if (plan === "all") return;
  if ("join" in plan) {
    yield* plan.members;
    if (plan.members.length > 1)
      for (const [at] of plan.members.entries()) yield { ...plan, members: plan.members.toSpliced(at, 1) };
    for (const [at, member] of plan.members.entries()) {
      for (const less of smallerPlans(member)) yield { ...plan, members: plan.members.with(at, less) };
    }
  } else if (plan.values.length > 1) {
    for (const [at] of plan.values.entries()) yield { ...plan, values: plan.values.toSpliced(at, 1) };
  }
}

/** The filter of a plan, made by the builder. */
export function build(plan: Plan): Filter {
  if (plan === "all") return all;
  if (!("join" in plan)) return buildLeaf(plan);
  const { join, members } = plan;
  if (join === "allOf") return allOf(...members.map(build));
  if (join === "anyOf") return anyOf(...members.map(build));
  return members.map(build).reduce((left, right) => left[join](right));
}

function buildLeaf({ field: kind, key, test, values: [value = "", ...others] }: Leaf): Filter {
  const asked = fieldOf(kind, key);
  if (test === "present" || test === "absent") return asked[test]();
  return test === "oneOf" ? asked.oneOf(value, ...others) : asked[test](value);
}

function fieldOf(kind: Leaf["field"], key: string): Field {
  if (kind === "name") return field.name;
  return kind === "digest" || kind === "mediaType" ? field.target[kind] : field[kind](key);
}

/** Whether an image is as the plan says. */
export function holds(plan: Plan, image: NewImage): boolean {
  if (plan === "all") return true;
  if (!("join" in plan)) return leafHolds(plan, fieldValue(plan, image));
  const isAll = plan.join === "allOf" || plan.join === "and";
  return plan.members[isAll ? "every" : "some"]((member) => holds(member, image));
}

function leafHolds({ test, values: [wanted = "", ...others] }: Leaf, value: string): boolean {
  switch (test) {
    case "present":
      return value !== "";
    case "absent":
      return value === "";
    case "equals":
      return value === wanted;
    case "notEquals":
      return value !== wanted;
    case "presentAndNot":
      return value !== "" && value !== wanted;
    case "startsWith":
      return value.startsWith(wanted);
    case "oneOf":
      return [wanted, ...others].includes(value);
  }
}

function fieldValue({ field: kind, key }: Leaf, { name, labels = {}, target }: NewImage): string {
  if (kind === "name") return name;
  if (kind === "digest" || kind === "mediaType") return target[kind];
  const map = kind === "label" ? labels : (target.annotations ?? {});
  return Object.hasOwn(map, key) ? (map[key] ?? "") : "";
}
