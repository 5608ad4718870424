import { describe, it } from "node:test";
import { scratch } from "../package/packed.js";
import { esbuild } from "./bundlers.js";
import { checkBundler } from "./check.js";
import { link, writePrograms } from "./project.js";

describe("a program that a bundler has made one file of", () => {
  // The other bundlers are in `npm run test:bundlers`.
  it("works, and is no larger than before, with esbuild", async (t) => {
    await using folder = await scratch("esbuild");
    await writePrograms(folder.path);
    await link(folder.path);
    t.diagnostic(JSON.stringify(await checkBundler(esbuild, folder.path)));
  });
});
