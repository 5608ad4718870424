import { generateKeyPairSync, sign } from "node:crypto";

/** The tags of DER that a certificate needs. */
const [INTEGER, BIT_STRING, UTF8_STRING, SEQUENCE, SET, UTC_TIME, VERSION] = [2, 3, 12, 0x30, 0x31, 0x17, 0xa0];
const ECDSA_WITH_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
const COMMON_NAME = Buffer.from("0603550403", "hex");

/** A certificate that signs itself, and its key, as PEM text. For tests that need no authority, and no openssl. */
export function selfSigned(name = "localhost"): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(name)))));
  const validity = der(SEQUENCE, time("200101000000Z"), time("491231235959Z"));
  const body = der(
    SEQUENCE,
    der(VERSION, number(2)),
    number(1), // the serial number
    algorithm,
    subject, // as the issuer
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign("sha256", body, privateKey));
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { cert: pem(der(SEQUENCE, body, algorithm, signature)), key };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function number(value: number): Buffer {
  return der(INTEGER, Buffer.from([value]));
}

function time(text: string): Buffer {
  return der(UTC_TIME, Buffer.from(text));
}

function pem(certificate: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}
