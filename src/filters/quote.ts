/** Writes any text as a double-quoted literal that every containerd reads back as the same bytes. */
export function quote(text: string): string {
  const json = JSON.stringify(text).replaceAll("\ufffd", "\\ufffd");
  if (text.isWellFormed()) return json;
  const betweenBackslashes = json.split("\\\\").map((part) => part.replace(/\\udc(..)/g, "\\x$1"));
  return betweenBackslashes.join("\\\\");
}

/** A byte as text: from 0x80 on, where it is no character by itself, the stand-in that `Selector` describes. */
export function byte(code: number): string {
  return String.fromCharCode(code < 0x80 ? code : code | 0xdc00);
}

// With "u", surrogates match only where they stand alone.
const rawByte = /[\udc80-\udcff]/gu;
const sequences =
  /(?:[\udcc2-\udcdf]|[\udce0-\udcef][\udc80-\udcbf]|[\udcf0-\udcf4][\udc80-\udcbf]{2})[\udc80-\udcbf]/gu;

/** Joins raw bytes that together are UTF-8 into the characters they stand for. */
export function joinRawBytes(text: string): string {
  return text.replace(sequences, (bytes) => {
    try {
      return decodeURIComponent(bytes.replace(rawByte, (byte) => `%${(byte.charCodeAt(0) & 0xff).toString(16)}`));
    } catch {
      return bytes; // an overlong form, a surrogate or a number beyond U+10FFFF
    }
  });
}
