const BLOCK = 512;

/** What a tar holds: contents by path. */
export type TarFiles = Readonly<Record<string, Uint8Array | string>>;

/** Writes a tar (ustar). All files belong to root, are executable and date from 1970: equal files give equal bytes. */
export function tar(files: TarFiles): Buffer {
  const entries = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [header(path, bytes.length), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path} is too long for a tar`);
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0);
  block.write("0000755\0" + "0000000\0" + "0000000\0", 100); // mode, user, group
  block.write(`${octal(size, 11)}\0${octal(0, 11)}\0`, 124); // size, time
  block.write(" ".repeat(8), 148); // the checksum counts itself as spaces
  block.write("0", 156); // a regular file
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
