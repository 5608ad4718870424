import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { isReferenceSyntaxError, parseReference, type Reference } from "../../../src/reference/index.js";
import { isFetched } from "../../support/daemon/fetch.js";
import { isLong } from "../../support/is-long.js";
import { Random } from "../../support/random.js";
import { GoProgram } from "./go-program.js";
import { seed } from "./oracles.js";
import { randomReference, type Texts } from "./reference-texts.js";

/** How Go reads a text; it has an error, or the parts. A part that is "" is absent. */
interface Answer extends Partial<Reference> {
  readonly error?: string;
}

const BATCH = 10_000;
const PARTS = ["canonical", "familiar", "domain", "path", "tag", "digest"] as const;

const file = new URL("../../support/cases/reference-cases.json", import.meta.url);
const collected: readonly { readonly input: string }[] = JSON.parse(readFileSync(file, "utf8"));
const [first = "", ...others] = collected.map(({ input }) => input.toWellFormed());
const cases: Texts = [first, ...others];
const count = isLong ? 2_000_000 : 20_000;

// Go is large: only the long run fetches it where it is missing.
const isThere = isLong || ((await isFetched("go-2.x")) && (await isFetched("go-references")));
const skip = !isThere && "this Go is not in the cache; `npm run test:long -- go-oracle` fetches it";

describe("image references are read as Go's distribution/reference reads them", { skip }, () => {
  let program: GoProgram;
  before(async () => {
    program = await GoProgram.start("references", { version: "2.x", sources: ["go-references"] });
  });
  after(() => program?.[Symbol.asyncDispose]());

  /** The texts that Go reads otherwise, and how often it accepts. */
  async function compare(texts: readonly string[]) {
    const answers = (await program.ask(texts)) as readonly Answer[]; // the type that the program has
    assert.equal(answers.length, texts.length);
    const rows = texts.map((text, index) => ({ text, here: read(text), go: partsOf(answers[index] ?? {}) }));
    return {
      accepted: rows.filter(({ go }) => go !== "refused").length,
      differences: rows.filter(({ here, go }) => here !== go),
    };
  }

  it("every case that was collected", async () => {
    const { accepted, differences } = await compare(cases);
    assert.deepEqual(differences, []);
    assert.ok(accepted > 100, `${accepted} are accepted`);
  });

  it(`${count} random texts`, async (t) => {
    t.diagnostic(`CONTAINERD_IMAGES_SEED=${seed}`);
    const random = new Random(seed);
    let total = 0;
    for (let asked = 0; asked < count; asked += BATCH) {
      const { accepted, differences } = await compare(
        Array.from({ length: BATCH }, () => randomReference(random, cases)),
      );
      assert.deepEqual(differences.slice(0, 10), []);
      total += accepted;
    }
    assert.ok(total > count / 10 && total < (count * 9) / 10, `${total} of ${count} are accepted`);
  });
});

/** The parts of a reference in one text, or "refused". */
function read(text: string): string {
  try {
    return partsOf(parseReference(text));
  } catch (error) {
    assert.ok(isReferenceSyntaxError(error), String(error));
    assert.ok(error.position >= 0 && error.position <= text.length, `position ${error.position} in ${text}`);
    return partsOf({ error: error.reason });
  }
}

function partsOf(answer: Answer): string {
  return answer.error === undefined ? JSON.stringify(PARTS.map((part) => answer[part] ?? "")) : "refused";
}
