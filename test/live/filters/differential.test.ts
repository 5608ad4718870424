import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { selectors, TREE } from "../../../src/filters/filter-node.js";
import { compile, isFilterSyntaxError, matches, type NewImage, parse } from "../../../src/index.js";
import { compareUtf8 } from "../../../src/util/utf8-order.js";
import { sharedDaemon, type Version, versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { Random } from "../../support/random.js";
import { differenceIn, differences } from "./differences.js";
import { anyFilters, fixture } from "./generator.js";
import { type Answer, Server } from "./server.js";

const { CONTAINERD_IMAGES_SEED } = process.env;
const cases = isLong ? 20_000 : 500;
const fixtures = isLong ? 8 : 4;
const recordsEach = 40;
const atOnce = 16;

// The short run is the same every time; the long one looks for something new.
const seed = Number(CONTAINERD_IMAGES_SEED ?? (isLong ? Date.now() % 2 ** 31 : 1));

interface Disagreement {
  readonly seed: number;
  readonly sent: readonly string[];
  /** What it compares with, in which no escape hides anything. */
  readonly values: readonly string[];
  readonly server: Answer;
  readonly here: Answer;
}

describe("parse accepts, and matches decides, as the server does", () => {
  for (const version of versions) {
    it(`containerd ${version}, ${cases} random filters`, async (t) => {
      t.diagnostic(`CONTAINERD_IMAGES_SEED=${seed}`);
      const disagreements: Disagreement[] = [];
      for (let part = 0; part < fixtures; part++) disagreements.push(...(await compareMany(version, seed + part)));
      const explained = disagreements.filter(({ values }) => differenceIn(values, version));
      for (const { values, sent } of explained)
        t.diagnostic(`${differenceIn(values, version)?.name}: ${JSON.stringify(sent)}`);
      assert.deepEqual(
        disagreements.filter((found) => !explained.includes(found)),
        [],
      );
    });
  }
});

/** Lists a fixture by random filters, as they are and as compile writes them, and compares what comes with matches. */
async function compareMany(version: Version, partSeed: number): Promise<Disagreement[]> {
  const random = new Random(partSeed);
  const images = fixture(random, recordsEach).sort((a, b) => compareUtf8(a.name, b.name));
  const { address } = await sharedDaemon(version);
  using server = new Server(address, `filters-${partSeed}`);
  await server.store(images);
  const queue = Array.from({ length: cases / fixtures }, () => anyFilters(random));
  const disagreements: Disagreement[] = [];
  const compare = async (sent: readonly string[], { here, values }: Decision) => {
    const answer = await server.list(sent);
    if (!isDeepStrictEqual(answer, here)) disagreements.push({ seed: partSeed, sent, values, server: answer, here });
  };
  const worker = async () => {
    for (let filters = queue.pop(); filters !== undefined; filters = queue.pop()) {
      const decision = decide(filters, images);
      await compare(filters, decision);
      if (decision.here !== "refused") await compare(decision.written, decision);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return disagreements;
}

interface Decision {
  readonly here: Answer;
  readonly written: readonly string[];
  readonly values: readonly string[];
}

function decide(filters: readonly string[], images: readonly NewImage[]): Decision {
  try {
    const filter = parse(...filters);
    const here = images.filter((image) => matches(filter, image)).map(({ name }) => name);
    return { here, written: compile(filter), values: selectors(filter[TREE]).map(({ value }) => value) };
  } catch (error) {
    assert.ok(isFilterSyntaxError(error), `${JSON.stringify(filters)}: ${error}`);
    return { here: "refused", written: [], values: [] };
  }
}

describe("every difference that is known is there", () => {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 };

  for (const version of versions) {
    it(`containerd ${version}`, async () => {
      const { address } = await sharedDaemon(version);
      using server = new Server(address, "differences");
      const records = new Set(differences.map(({ record }) => record));
      await server.store([...records].map((name) => ({ name, target })));
      for (const { name, filter, record, listed, isMatch, versions } of differences) {
        assert.equal(matches(parse(filter), { name: record, target }), isMatch, name);
        const answer = await server.list([filter]);
        const own = answer === "refused" ? answer : answer.filter((found) => found === record);
        if (versions.includes(version)) assert.deepEqual(own, listed, name);
        else assert.equal(own.includes(record), isMatch, name);
      }
    });
  }
});
