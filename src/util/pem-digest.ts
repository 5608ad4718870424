import { crypto } from "./node-modules.js";

/** Certificates and keys, as PEM. */
interface PemParts {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
}

/** A digest by which certificates and keys can be recognised later, without keeping the key in memory. */
export function pemDigest({ ca, cert, key }: PemParts): string {
  const hash = crypto().createHash("sha256");
  for (const part of [cert, key, ca].flat()) {
    // With the length, because parts that are cut elsewhere have the same bytes.
    hash.update(part === undefined ? "none:" : `${Buffer.byteLength(part)}:`).update(part ?? "");
  }
  return hash.digest("base64");
}
