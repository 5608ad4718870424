import { Random } from "../tools/random.js";
import { anyCase, type Case, imagesFor } from "./cases.js";
import { compareAll, type Difference, type Oracle } from "./compare.js";
import { minimize } from "./minimize.js";

const atOnce = 200;

/** A difference in its simplest form. */
export interface Finding {
  /** What shows it: filters, a pattern, a RegExp or a plan. */
  readonly found: Case;
  readonly aspects: ReadonlySet<string>;
  readonly example: Difference;
}

/** Compares so many random cases with the oracles, and gives what differs, each thing once, in its simplest form. */
export async function search(oracles: readonly Oracle[], seed: number, count: number, most = 100): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (let part = 0; part * atOnce < count && findings.size < most; part++) {
    const random = new Random(seed + part * 7_919);
    const cases = Array.from({ length: Math.min(atOnce, count - part * atOnce) }, () => anyCase(random));
    const images = imagesFor(cases, random);
    for (const { found, aspect } of firstOfEach(await compareAll(cases, images, oracles))) {
      const differs = async (simpler: Case) => findingOf(aspect, await compareAll([simpler], images, oracles));
      const finding = await minimize(found, differs);
      if (finding !== undefined) findings.set(JSON.stringify(finding.found), finding);
    }
  }
  return [...findings.values()];
}

function firstOfEach(differences: readonly Difference[]): Difference[] {
  return [...new Map(differences.map((difference) => [difference.found, difference] as const).reverse()).values()];
}

// A simpler case counts only when it shows the same thing, or a graver difference would turn into a slight one.
function findingOf(aspect: Difference["aspect"], differences: readonly Difference[]): Finding | undefined {
  const example = differences.find((difference) => difference.aspect === aspect);
  const aspects = new Set(differences.map(({ aspect, version }) => `${aspect}, ${version}`));
  return example && { found: example.found, aspects, example };
}
