import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReference, ReferenceSyntaxError } from "../../../src/reference/index.js";

const size = 1 << 20;
/** Far more than it takes, and far less than anything but linear time would: that takes minutes. */
const limitMs = 2_000;

/** Runs it and asserts that the process itself took little time, whatever else the machine does. */
function assertFast(run: () => void): void {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < limitMs * 1_000, `${(user + system) / 1_000} ms`);
}

function times(text: string): string {
  return Buffer.from(text.repeat(size / text.length)).toString(); // one flat string, as it would be received
}

describe("references of 1 MiB are decided in little time", () => {
  const refused: Readonly<Record<string, string>> = {
    letters: times("a"),
    "letters and a wrong end": `${times("a")}!`,
    "upper case": times("A"),
    parts: times("a/"),
    "hyphens that do not end": `a${times("-")}`,
    hyphens: `${times("a-")}!`,
    "dots and words": `${times("a.b")}_`,
    underscores: times("a__"),
    slashes: times("/"),
    colons: times(":"),
    "a host": `${times("a.")}/app`,
    "a host of hyphens": `a${times("-")}.io/app`,
    "a host that goes wrong at the end": `${times("a.b-c")}!/app`,
    "an address in brackets": `[${times(":")}/app`,
    "a port": `host:${times("1")}x/app`,
    "a tag": `app:${times("t")}`,
    "a tag that goes wrong at the end": `app:${times("t.")}+`,
    tags: `app${times(":t")}`,
    "a digest": `app@sha256:${times("0")}`,
    "an algorithm": `app@${times("sha256+")}:00`,
    digests: `app${times("@sha256:")}`,
    "hexadecimal digits": times("0123456789abcdef"),
    "letters of two bytes": times("é"),
    "half pairs": times("\ud83d"),
    emoji: times("😀"),
    NUL: times("\0"),
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`${what}, refused`, () => {
      assertFast(() => assert.throws(() => parseReference(text), ReferenceSyntaxError));
    });
  }

  const read: Readonly<Record<string, string>> = {
    "a host of labels": `${times("a.")}a/app`,
    "a host of one label": `${times("Aa")}/app`,
    "a host of hyphens": `a.${times("-a").slice(1)}/app`,
    "an address in brackets": `[${times(":")}]/app`,
    "a port": `host:${times("1")}/app`,
  };
  for (const [what, text] of Object.entries(read)) {
    it(`${what}, read`, () => {
      assertFast(() => assert.equal(parseReference(text).path, "app"));
    });
  }

  it("the message of the error stays short", () => {
    assert.throws(
      () => parseReference(times("a/")),
      ({ message }: Error) => message.length < 500,
    );
  });
});
