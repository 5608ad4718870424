import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { ImagesClient, isValidationError } from "../../../src/index.js";
import { kindOf, shown } from "../../../src/schema/shown.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });

async function messageOf(call: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(call)
    .catch((reason: unknown) => reason);
  assert.ok(isValidationError(error), String(error));
  return JSON.stringify([error, error.message, error.hint]);
}

describe("a wrong value is shown", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const table: readonly (readonly [value: unknown, shown: string])[] = [
    [undefined, "undefined"],
    [null, "null"],
    [Number.NaN, "NaN"],
    [-1.5, "-1.5"],
    [true, "true"],
    [10n, "10n"],
    ["sha256:abc", '"sha256:abc"'],
    ["a".repeat(41), `"${"a".repeat(19)}…${"a".repeat(19)}" (41 characters)`],
    ["\x1b[2J\u202e", '"\\u001b[2J\\u202e"'],
    [Symbol("secret"), "a symbol"],
    [() => "secret", "a function"],
    [{ secret: 1 }, "an object"],
    [Object.create(null), "an object"],
    [["secret"], "an array"],
    [runInNewContext("new Map()"), "a Map"],
    [new Error("secret"), "an Error"],
    [new Date(Number.NaN), "an invalid Date"],
    [new (class {})(), "an object"],
    [{ constructor: { name: "\x1b[2J" } }, "an object"],
    [proxy, "an object"],
  ];
  for (const [value, expected] of table) it(`as ${expected}`, () => assert.equal(shown(value), expected));

  it("by its kind alone where it may be a secret", () => {
    assert.deepEqual([kindOf("secret"), kindOf(5), kindOf(null)], ["a string", "a number", "null"]);
  });
});

describe("a secret is never shown", () => {
  const secret = "hunter2";
  const places: Readonly<Record<string, () => unknown>> = {
    "a header that is not ASCII": () => images.get("a", { headers: { authorization: `${secret}\n` } }),
    "a header that is a list": () => images.get("a", { headers: { authorization: [secret] as never } }),
    "a header that is not base64": () => images.get("a", { headers: { "token-bin": `${secret}!` } }),
    "headers as a text": () => images.get("a", { headers: secret as never }),
    "options as a text": () => images.get("a", secret as never),
    "a value of an unknown option": () => images.get("a", { token: secret } as never),
    "a key": () => connect({ key: secret }),
    "a key and a certificate": () => connect({ key: secret, cert: secret }),
    "an authority": () => connect({ ca: [secret] }),
    "a passphrase": () => connect({ passphrase: secret }),
    "tls as a text": () => connect(secret),
    "an address with a password": () => new ImagesClient({ namespace: "a", address: `http://user:${secret}@host` }),
    "a label that is too long": () => images.create({ name: "a", target, labels: { a: secret.repeat(1_000) } }),
  };
  const connect = (tls: unknown) => new ImagesClient({ namespace: "a", address: "https://a", tls: tls as never });
  for (const [what, call] of Object.entries(places)) {
    it(what, async () => assert.doesNotMatch(await messageOf(call), /hunter2/));
  }
});
