import { isUint8Array } from "node:util/types";
import type { TlsOptions } from "../options.js";
import { messageOf } from "../util/message-of.js";
import { crypto, tls } from "../util/node-modules.js";
import { pemDigest } from "../util/pem-digest.js";

type Pem = string | Uint8Array;

/** What is wrong with one of the TLS options. A message never shows any part of a key or a certificate. */
interface TlsIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What is certainly wrong with TLS options, before anything is dialed. Node ignores an authority that it cannot read,
 * and empty texts; for most other mistakes it has only the words of OpenSSL.
 */
export function tlsIssues({ servername, ...pem }: TlsOptions): readonly TlsIssue[] {
  const name = servername === "" ? [{ path: ["servername"], message: EMPTY }] : [];
  return [...pemIssues(pem), ...name];
}

/** The digest of the PEM that was checked last without an issue. */
let lastValid: string | undefined;

/**
 * What is wrong with the PEM. A check takes 3 ms; a program with a client for each of many nodes gives all the same.
 */
function pemIssues(pem: Omit<TlsOptions, "servername">): readonly TlsIssue[] {
  const digest = pemDigest(pem);
  if (digest === lastValid) return [];
  const { ca, cert, key } = pem;
  const parts = [...authorityIssues(ca), ...certificateIssues(cert), ...keyIssues(key)];
  const found = parts.length === 0 ? pairIssues(cert, key) : parts;
  if (found.length === 0) lastValid = digest;
  return found;
}

const EMPTY = "must not be empty: leave it out";
const UNREADABLE_CERTIFICATE = "is not a certificate that can be read";
/** The label and the next line of the first private key, which is the one that is used; one says if it is encrypted. */
const FIRST_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+.*/;

function authorityIssues(ca: TlsOptions["ca"]): TlsIssue[] {
  if (ca === undefined) return [];
  if (typeof ca === "string" || isUint8Array(ca)) return issues(["ca"], authorityProblem(ca));
  if (ca.length === 0)
    return issues(["ca"], "must not be an empty list: leave it out to trust the system's authorities");
  return ca.flatMap((pem, index) => issues(["ca", index], authorityProblem(pem)));
}

function authorityProblem(pem: Pem): string | undefined {
  const problem = certificateProblem(pem);
  const text = Buffer.from(pem);
  // Only for this usual label: X509Certificate reads fewer kinds than node:tls.
  if (problem !== undefined || !text.includes("-----BEGIN CERTIFICATE-----")) return problem;
  return problemUnless(UNREADABLE_CERTIFICATE, () => new (crypto().X509Certificate)(text));
}

function certificateProblem(pem: Pem): string | undefined {
  return pemProblem(pem) ?? (Buffer.from(pem).includes("CERTIFICATE-----") ? undefined : "must be a certificate");
}

// The labels are compared because Deno's createSecureContext reads nothing: with a certificate in place of the key, it
// sends no certificate.
function certificateIssues(cert: Pem | undefined): TlsIssue[] {
  if (cert === undefined) return [];
  const problem = certificateProblem(cert) ?? problemUnless(UNREADABLE_CERTIFICATE, () => secureContext({ cert }));
  return issues(["cert"], problem);
}

function keyIssues(key: Pem | undefined): TlsIssue[] {
  if (key === undefined) return [];
  return issues(["key"], pemProblem(key) ?? unreadableKey(key));
}

function unreadableKey(key: Pem): string | undefined {
  const [first] = FIRST_KEY.exec(Buffer.from(key).toString("latin1")) ?? [];
  if (first === undefined) return "must be a private key";
  if (first.includes("ENCRYPTED")) return "is encrypted: decrypt it first, because there is no option for a passphrase";
  return problemUnless("is not a private key that can be read", () => secureContext({ key }));
}

/** A certificate without its key would not be sent, and a key without its certificate would not be used. */
function pairIssues(cert: Pem | undefined, key: Pem | undefined): TlsIssue[] {
  if (cert === undefined && key === undefined) return [];
  if (key === undefined) return issues(["key"], "is required with tls.cert");
  if (cert === undefined) return issues(["cert"], "is required with tls.key");
  const problem = "is not the key of tls.cert";
  return issues(
    ["key"],
    problemUnless(problem, () => secureContext({ cert, key })) ?? (isOther(cert, key) ? problem : undefined),
  );
}

/** OpenSSL accepts a key of another type than the certificate's, and then does not use the certificate. */
function isOther(cert: Pem, key: Pem): boolean {
  const { X509Certificate, createPrivateKey } = crypto();
  try {
    return !new X509Certificate(Buffer.from(cert)).checkPrivateKey(createPrivateKey(Buffer.from(key)));
  } catch {
    return false; // they read fewer kinds than node:tls
  }
}

function pemProblem(pem: Pem): string | undefined {
  if (pem.length === 0) return EMPTY;
  if (Buffer.from(pem).includes("-----BEGIN ")) return undefined;
  if (typeof pem === "string" && isLikePath(pem)) return "must be the text of a PEM file, not its path: read the file";
  return "must be PEM text or bytes, which begin with -----BEGIN";
}

function isLikePath(text: string): boolean {
  return !text.includes("\n") && (/^(?:~?\/|\.{1,2}\/|[a-z]:\\)/i.test(text) || /\.(?:pem|crt|cer|key)$/i.test(text));
}

function issues(path: readonly (string | number)[], message: string | undefined): TlsIssue[] {
  return message === undefined ? [] : [{ path, message }];
}

/** `problem` and the reason, if `check` throws. The reasons of OpenSSL are fixed texts. */
function problemUnless(problem: string, check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return `${problem} (${messageOf(error)})`;
  }
}

function secureContext({ cert, key }: { readonly cert?: Pem; readonly key?: Pem }): unknown {
  return tls().createSecureContext({
    ...(cert !== undefined && { cert: Buffer.from(cert) }),
    ...(key !== undefined && { key: Buffer.from(key) }),
  });
}
