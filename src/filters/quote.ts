const special = /["\\\n\0\ufffd]|[\udc80-\udcff]/gu; // with "u" a surrogate matches only where it stands alone

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\0": "\\x00",
  "\ufffd": "\\ufffd",
};

/** Writes any text as a double-quoted literal that every containerd reads back as the same bytes. */
export function quote(text: string): string {
  return `"${text.replace(special, (char) => escapes[char] ?? byteEscape(char))}"`;
}

function byteEscape(char: string): string {
  return `\\x${byteOf(char).toString(16)}`;
}

/** The stand-in for a byte from 0x80 up that is not, or not yet, part of UTF-8; see {@link Selector}. */
export function rawByte(byte: number): string {
  return String.fromCharCode(0xdc00 + byte);
}

function byteOf(char: string): number {
  return char.charCodeAt(0) - 0xdc00;
}

const sequence = /[\udcc2-\udcdf][\udc80-\udcbf]|[\udce0-\udcef][\udc80-\udcbf]{2}|[\udcf0-\udcf4][\udc80-\udcbf]{3}/gu;

/** Joins raw bytes that together are UTF-8 into the characters they stand for. */
export function joinRawBytes(text: string): string {
  return text.replace(sequence, (bytes) => {
    try {
      return decodeURIComponent(Array.from(bytes, (char) => `%${byteOf(char).toString(16)}`).join(""));
    } catch {
      return bytes; // an overlong form, a surrogate or a number beyond U+10FFFF
    }
  });
}
