import { Random } from "../../support/random.js";
import { anyCase, type Case, imagesFor } from "./cases.js";
import { compareAll, type Difference, type Oracle } from "./compare.js";
import { minimize } from "./minimize.js";

const casesEach = 200;
const partsAtOnce = 3; // so that nobody waits: while one part is decided here, Go decides another

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
  const parts = Array.from({ length: Math.ceil(count / casesEach) }, (_, part) => part).values();
  const searchSome = async () => {
    for (const part of parts) {
      const size = Math.min(casesEach, count - part * casesEach);
      for (const finding of await searchPart(oracles, seed + part * 7_919, size)) {
        findings.set(JSON.stringify(finding.found), finding);
      }
      if (findings.size >= most) return;
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce }, searchSome));
  return [...findings.values()];
}

async function searchPart(oracles: readonly Oracle[], seed: number, count: number): Promise<Finding[]> {
  const random = new Random(seed);
  const cases = Array.from({ length: count }, () => anyCase(random));
  const images = imagesFor(cases, random);
  const findings: Finding[] = [];
  for (const { found, aspect } of firstOfEach(await compareAll(cases, images, oracles))) {
    const differs = async (simpler: Case) => findingOf(aspect, await compareAll([simpler], images, oracles));
    const finding = await minimize(found, differs);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
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
