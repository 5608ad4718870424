import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { ImagesClient, type TlsOptions } from "../../../src/index.js";
import { clientOptionsSchema } from "../../../src/schema/client-options.js";
import { validate } from "../../../src/schema/validate.js";
import { selfSigned } from "../../support/self-signed.js";
import { issuesOf } from "./issues.js";

const { cert, key } = selfSigned();
const other = selfSigned("other");
const encrypted = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const encryptedPkcs1 = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "x",
});
const rsaKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
const cut = (pem: string) => pem.replace(/\n.{40}/, "\nAAAA");
const der = Buffer.from(cert.replace(/-----.*-----|\n/g, ""), "base64");

function issues(tls: TlsOptions): readonly string[] {
  return issuesOf(() => new ImagesClient({ namespace: "a", address: "https://localhost:1", tls }));
}

describe("TLS options that can work are accepted:", () => {
  const table: Readonly<Record<string, TlsOptions>> = {
    none: {},
    "undefined ones": { ca: undefined, cert: undefined, key: undefined, servername: undefined },
    "an authority": { ca: cert },
    "several authorities, one as bytes": { ca: [cert, new Uint8Array(Buffer.from(other.cert))] },
    "an authority with text before it": { ca: `# the authority of the tests\n${cert}` },
    "several authorities in one text": { ca: cert + other.cert },
    "a certificate and its key": { cert, key },
    "a certificate and its key as bytes": { cert: Buffer.from(cert), key: new Uint8Array(Buffer.from(key)) },
    "a certificate and its key in one text": { cert: cert + key, key: key + cert },
    "a key with a comment": { cert, key: `# UNENCRYPTED key\n${key}` },
    "a key with an encrypted one after it": { cert, key: key + encrypted.privateKey },
    "an authority as bytes of another realm": {
      ca: runInNewContext("Uint8Array.from(bytes)", { bytes: [...Buffer.from(cert)] }),
    },
    "a chain": { cert: cert + other.cert, key },
    "a name": { servername: "containerd.internal" },
  };
  for (const [what, tls] of Object.entries(table)) it(what, () => assert.deepEqual(issues(tls), []));

  it("bytes, which are copied, because every new connection reads them", () => {
    const given = () => ({ ca: Buffer.from(cert), cert: Buffer.from(cert), key: Buffer.from(key) });
    const tls = given();
    const options = { namespace: "a", address: "https://localhost:1", tls };
    const { destination } = validate(
      clientOptionsSchema,
      options,
      { method: "ImagesClient", namespace: "" },
      "options",
    );
    for (const bytes of Object.values(tls)) bytes.fill(0);
    assert.ok("endpoint" in destination && destination.endpoint.kind === "tls");
    assert.deepEqual(destination.endpoint.tls, given());
  });
});

describe("TLS options that cannot work are refused before anything is dialed:", () => {
  const empty = "must not be empty: leave it out";
  const noPath = "must be the text of a PEM file, not its path: read the file";
  const noPem = "must be PEM text or bytes, which begin with -----BEGIN";
  const table: Readonly<Record<string, readonly [tls: TlsOptions, ...issues: (string | RegExp)[]]>> = {
    "empty texts": [
      { ca: "", cert: "", key: "", servername: "" },
      ...["tls.ca", "tls.cert", "tls.key", "tls.servername"].map((path) => `${path}: ${empty}`),
    ],
    "no bytes": [{ ca: new Uint8Array() }, `tls.ca: ${empty}`],
    "no authorities": [{ ca: [] }, "tls.ca: must not be an empty list: leave it out to trust the system's authorities"],
    "an empty one of several": [{ ca: [cert, ""] }, `tls.ca[1]: ${empty}`],
    paths: [
      { ca: "/etc/ca.pem", cert: "./client.crt", key: "client.key" },
      `tls.ca: ${noPath}`,
      `tls.cert: ${noPath}`,
      `tls.key: ${noPath}`,
    ],
    "other texts": [{ ca: "x", cert: "x", key: "x" }, `tls.ca: ${noPem}`, `tls.cert: ${noPem}`, `tls.key: ${noPem}`],
    "a certificate in another format": [{ ca: der }, `tls.ca: ${noPem}`],
    "a key as an authority": [{ ca: key }, "tls.ca: must be a certificate"],
    "a damaged authority": [{ ca: cut(cert) }, /^tls\.ca: is not a certificate that can be read \(/],
    "a damaged certificate": [{ cert: cut(cert), key }, /^tls\.cert: is not a certificate that can be read \(/],
    "a damaged key": [{ cert, key: cut(key) }, /^tls\.key: is not a private key that can be read \(/],
    "a key as a certificate": [{ cert: key, key }, "tls.cert: must be a certificate"],
    "a certificate as a key": [{ cert, key: cert }, "tls.key: must be a private key"],
    "a certificate without its key": [{ cert }, "tls.key: is required with tls.cert"],
    "a key without its certificate": [{ key }, "tls.cert: is required with tls.key"],
    "the key of another certificate": [{ cert, key: other.key }, /^tls\.key: is not the key of tls\.cert \(/],
    "the key of another kind of certificate": [{ cert, key: rsaKey }, "tls.key: is not the key of tls.cert"],
    "an encrypted key": [
      { cert, key: encrypted.privateKey },
      "tls.key: is encrypted: decrypt it first, because there is no option for a passphrase",
    ],
    "an encrypted key of the older format": [
      { cert, key: encryptedPkcs1 },
      "tls.key: is encrypted: decrypt it first, because there is no option for a passphrase",
    ],
  };
  for (const [what, [tls, ...expected]] of Object.entries(table)) {
    it(what, () => {
      const found = issues(tls);
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const [index, rule] of expected.entries()) {
        if (typeof rule === "string") assert.equal(found[index], rule);
        else assert.match(found[index] ?? "", rule);
      }
    });
  }

  it("a mistake that another client was made with before", () => {
    const tls = { cert, key: other.key };
    assert.equal(issues(tls).length, 1);
    assert.equal(issues(tls).length, 1);
  });

  it("no part of a key is shown", () => {
    const shown = Object.values(table).flatMap(([tls]) => issues(tls));
    for (const secret of [key, other.key, encrypted.privateKey].flatMap((text) => text.split("\n").slice(1, -2)))
      assert.ok(!shown.join("\n").includes(secret.slice(0, 8)));
  });
});
