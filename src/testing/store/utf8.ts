import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { compareUtf8 } from "../../util/utf8-order.js";

const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * Decodes UTF-8 without loss: each invalid byte becomes a lone surrogate, U+DC80 to U+DCFF, which valid UTF-8 cannot
 * contain.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return [...readLoosely(bytes)].join("");
  }
}

/** The bytes from which {@link textOf} made the text. Any other lone surrogate becomes U+FFFD. */
export function bytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part) : rawBytes(part))));
}

/** How many bytes a text takes. */
export function byteLength(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text) : bytesOf(text).length;
}

/** Orders texts by their bytes. */
export function compareBytes(a: string, b: string): number {
  return a.isWellFormed() && b.isWellFormed() ? compareUtf8(a, b) : Buffer.compare(bytesOf(a), bytesOf(b));
}

function rawBytes(standIns: string): Uint8Array {
  return Uint8Array.from(standIns, (char) => char.charCodeAt(0) & 0xff);
}

function* readLoosely(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    const character = [1, 2, 3, 4].map((length) => bytes.subarray(at, at + length)).find(isUtf8);
    yield character === undefined ? String.fromCharCode(0xdc00 | (bytes[at] ?? 0)) : strict.decode(character);
    at += character?.length ?? 1;
  }
}
