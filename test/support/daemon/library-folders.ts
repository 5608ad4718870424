import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Where an unpacked bundle has its libraries: Debian keeps them in folders named after the architecture. */
export async function libraryFolders(bundle: string): Promise<readonly string[]> {
  const folders = await Promise.all([join(bundle, "lib"), join(bundle, "usr/lib")].map(architectureFolders));
  return folders.flat();
}

async function architectureFolders(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir);
  return entries.filter((entry) => entry.includes("-linux-")).map((entry) => join(dir, entry)); // x86_64-linux-gnu
}
