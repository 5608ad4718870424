/** How many hexadecimal digits a digest has, by algorithm; containerd knows no other algorithms. */
export const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);

/** Whether containerd takes a text for a digest. */
export function isDigest(text: string): boolean {
  const [, algorithm = "", hex = ""] = /^(\w+):([0-9a-f]+)$/.exec(text) ?? [];
  return HEX_LENGTHS.get(algorithm) === hex.length;
}
