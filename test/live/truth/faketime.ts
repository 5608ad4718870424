import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchBundle } from "../../support/daemon/fetch.js";

/** The environment of a process whose wall clock is read from a file, and that file's end. */
export interface Faketime extends Disposable {
  readonly env: NodeJS.ProcessEnv;
}

/** Lets a process have libfaketime, with a clock that is true until the file says otherwise. */
export async function faketime(): Promise<Faketime> {
  const bundle = await fetchBundle("faketime");
  const libraries = readdirSync(join(bundle, "usr/lib"), { recursive: true, encoding: "utf8" });
  const library = libraries.find((path) => path.endsWith("libfaketimeMT.so.1"));
  if (library === undefined) throw new Error("the package libfaketime has no libfaketimeMT.so.1");
  const dir = mkdtempSync(join(tmpdir(), "faketime-"));
  writeFileSync(join(dir, "offset"), "+0");
  return {
    env: {
      LD_PRELOAD: join(bundle, "usr/lib", library),
      FAKETIME_TIMESTAMP_FILE: join(dir, "offset"),
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1", // deadlines go by it
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
