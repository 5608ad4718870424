import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isReferenceSyntaxError, parseReference, ValidationError } from "../../../src/reference/index.js";

const hex = (length: number) => "0".repeat(length);

function refusalOf(input: string): { readonly position: number; readonly reason: string; readonly message: string } {
  try {
    parseReference(input);
  } catch (error) {
    assert.ok(isReferenceSyntaxError(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${input} is read` });
}

describe("an error points at the character that breaks a rule", () => {
  // A ^ stands before the character.
  const marked: readonly (readonly [text: string, reason: RegExp])[] = [
    ["^", /has a name/],
    [`^${hex(64)}`, /image's id/],
    ["^:1", /lower case letter or a digit/],
    ["al^Pine", /upper case/],
    ["ghcr.io/^Team/app", /upper case/],
    ["app^é", /a name has/],
    ["app^ ", /a name has/],
    ["team/^/app", /letter or a digit has to/],
    ["team/^", /letter or a digit has to/],
    ["a.^.b", /letter or a digit has to/],
    ["a__^_b", /letter or a digit has to/],
    ["a-^_b", /letter or a digit has to/],
    ["ghcr.io/^", /letter or a digit has to/],
    ["host:^x/app", /host:port/],
    ["host:50^x/app", /host:port/],
    ["host:^/app", /host:port/],
    ["^:5000/app", /host:port/],
    ["host.^:5000/app", /host:port/],
    ["bad-^.io:1/app", /host:port/],
    ["my^_registry.io:1/app", /host:port/],
    ["my_registry.io/^/app", /letter or a digit has to/],
    ["[::1^/app", /\[IPv6\]/],
    ["[^].io/app", /\[IPv6\]/],
    ["[::1]^x/app", /\[IPv6\]/],
    ["[fe80::1^%eth0]:5000/app", /\[IPv6\]/],
    ["É.io/app", /host:port/],
    ["app:^", /tag begins/],
    ["app:^.1", /tag begins/],
    ["app:1^+2", /a tag has letters/],
    ["app:1^:2", /a tag has letters/],
    [`app:${"t".repeat(128)}^t`, /at most 128/],
    ["app@^", /begins with sha256/],
    [`app@^md5:${hex(32)}`, /begins with sha256/],
    [`app@^SHA256:${hex(64)}`, /begins with sha256/],
    [`app@^constructor:${hex(64)}`, /begins with sha256/],
    [`app@sha256:${hex(63)}^`, /64 hex/],
    [`app@sha256:${hex(64)}^0`, /64 hex/],
    [`app@sha512:${hex(64)}^`, /128 hex/],
    [`app@sha256:${hex(10)}^A${hex(53)}`, /lower case hex/],
    [`app@sha256:^g${hex(63)}`, /lower case hex/],
    [`app@sha256:${hex(64)}^@sha256:${hex(64)}`, /lower case hex/],
    [`ghcr.io/${"a".repeat(255)}^a`, /at most 255/],
    [`${"a".repeat(247)}^a`, /at most 255/],
  ];
  for (const [text, reason] of marked) {
    it(`${text.slice(0, 40)}`, () => {
      const error = refusalOf(text.replace("^", ""));
      assert.equal(error.position, Math.max(0, text.indexOf("^")));
      assert.match(error.reason, reason);
    });
  }

  it("and its message shows it", () => {
    const { message } = refusalOf("ghcr.io/Team/app");
    const lines = ["reference, position 8: upper case may stand in a registry or a tag only", "  ghcr.io/Team/app"];
    assert.equal(message, [...lines, "          ^"].join("\n"));
  });
});

describe("what the rules allow", () => {
  const canonical: Readonly<Record<string, string>> = {
    [`a${"-".repeat(5)}b`]: `docker.io/library/a${"-".repeat(5)}b:latest`,
    "a.b_c__d-e/f": "a.b_c__d-e/f:latest", // its first part has a dot, and may be no host
    "index.docker.io/library/app:1": "docker.io/library/app:1",
    "registry-1.docker.io/app": "registry-1.docker.io/app:latest",
    "localhost/app": "localhost/app:latest",
    "LOCALHOST/app": "LOCALHOST/app:latest",
    "localhosts/app": "docker.io/localhosts/app:latest",
    "[::]:0/app": "[::]:0/app:latest",
    "[a]:1/app": "[a]:1/app:latest",
    "host:99999999/app": "host:99999999/app:latest",
    [`app:_${"T".repeat(127)}`]: `docker.io/library/app:_${"T".repeat(127)}`,
    [`app:2@sha384:${hex(96)}`]: `docker.io/library/app@sha384:${hex(96)}`,
    [`${hex(64)}:1`]: `docker.io/library/${hex(64)}:1`,
    [hex(63)]: `docker.io/library/${hex(63)}:latest`,
    [`sha256:${hex(64)}`]: `docker.io/library/sha256:${hex(64)}`,
    [`ghcr.io/${"a".repeat(255)}`]: `ghcr.io/${"a".repeat(255)}:latest`,
    ["a".repeat(247)]: `docker.io/library/${"a".repeat(247)}:latest`,
  };
  for (const [text, name] of Object.entries(canonical)) {
    it(text.slice(0, 40), () => assert.equal(parseReference(text).canonical, name));
  }

  it("library/ is left out of a familiar name that has nothing after it but one part", () => {
    assert.equal(parseReference("docker.io/library/a/b:1").familiar, "library/a/b:1");
    assert.equal(parseReference("docker.io/library/library").familiar, "library");
    assert.equal(parseReference("ghcr.io/library/app").familiar, "ghcr.io/library/app");
  });

  it("a reference is frozen and has only the parts that are given", () => {
    const reference = parseReference("app");
    assert.ok(Object.isFrozen(reference));
    assert.deepEqual(Object.keys(reference), ["domain", "path", "canonical", "familiar"]);
  });
});

it("what is no string is a ValidationError, which names the function", () => {
  const values: readonly unknown[] = [undefined, null, 1, ["app"], new String("app")];
  const parse: (value: never) => unknown = parseReference;
  const message = "parseReference: reference: must be a string";
  for (const value of values) {
    const refuses = (error: unknown) => error instanceof ValidationError && error.message === message;
    assert.throws(() => parse(value as never), refuses); // as JavaScript may call it
  }
});
