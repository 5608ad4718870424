import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  canonicalName,
  familiarName,
  isReferenceSyntaxError,
  parseReference,
  ReferenceSyntaxError,
} from "../../../src/reference/index.js";

/** What Go's `distribution/reference` 0.6.0 makes of a text; a part that is "" for Go is absent. */
interface Case {
  readonly input: string;
  readonly error?: string;
  readonly dockerRef?: string;
  readonly familiar?: string;
  readonly domain?: string;
  readonly path?: string;
  readonly tag?: string;
  readonly digest?: string;
}

const file = new URL("../../support/cases/reference-cases.json", import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(file, "utf8"));

/** What Go reads, as this library says it. */
function expected({ domain = "", path, tag, digest, dockerRef, familiar }: Case) {
  const given = { ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
  return { domain, path, ...given, canonical: dockerRef, familiar };
}

/** The error of a text that Go refuses. */
function refusal(input: string): ReferenceSyntaxError {
  try {
    parseReference(input);
  } catch (error) {
    assert.ok(isReferenceSyntaxError(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(input)} is read` });
}

/** A rule that must be named where Go has an error of its own for it. */
const RULES: readonly (readonly [go: RegExp, own: RegExp])[] = [
  [/must be lowercase/, /upper case|lower case|registry|digest begins/],
  [/more than 255/, /at most 255/],
  [/unsupported digest algorithm/, /begins with sha256/],
  [/checksum digest length/, /has to have \d+ hex/],
  [/checksum digest format/, /lower case hex|begins with sha256/],
];

describe("what Go's distribution/reference says of references", () => {
  const read = cases.filter(({ error }) => error === undefined);
  const refused = cases.filter(({ error }) => error !== undefined);

  it("there are many of both kinds", () => {
    assert.ok(read.length > 400 && refused.length > 800);
  });

  it("holds for all that it reads", () => {
    for (const one of read) {
      assert.deepEqual({ ...parseReference(one.input) }, expected(one), one.input);
      assert.equal(canonicalName(one.input), one.dockerRef);
      assert.equal(familiarName(one.input), one.familiar);
    }
  });

  it("holds for all that it refuses, and the error points into the text", () => {
    for (const { input } of refused) {
      const error = refusal(input);
      assert.equal(error.input, input);
      assert.ok(error.position >= 0 && error.position <= input.length, `${input}: ${error.position}`);
      assert.ok(error instanceof ReferenceSyntaxError && error.reason !== "");
    }
  });

  it("is said with the same rule, where Go names one", () => {
    for (const { input, error = "" } of refused) {
      const rule = RULES.find(([go]) => go.test(error));
      if (rule !== undefined) assert.match(refusal(input).reason, rule[1], `${input}: ${error}`);
    }
  });

  it("a canonical name means itself", () => {
    for (const { dockerRef = "" } of read) assert.equal(canonicalName(dockerRef), dockerRef);
  });
});
