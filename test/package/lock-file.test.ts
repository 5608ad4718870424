import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { root } from "./packed.js";

interface Locked {
  readonly integrity?: string;
}

// npm leaves it out for packages of other systems when it writes the file beside installed packages.
it("the lock file has a digest of every package, also of those for other systems", async () => {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(
    await readFile(join(root, "package-lock.json"), "utf8"),
  );
  const withoutDigest = Object.entries(packages).filter(
    ([path, { integrity }]) => path !== "" && !integrity?.startsWith("sha512-"),
  );
  assert.deepEqual(
    withoutDigest.map(([path]) => path),
    [],
  );
});
