import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Daemon, startDaemon } from "../daemon/daemon.js";
import { run } from "../examples/run.js";
import { asProgram, root } from "./snippets.js";

const FILES = ["src/client.ts", "src/patch.ts", "src/field-paths.ts", "src/watch/image-cache.ts"];

/** The programs in the doc comments of a file, without their imports. */
function examplesOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const blocks = [...text.matchAll(/@example\n\s*\* ```ts\n([\s\S]*?)\s*\* ```/g)].map(([, block = ""]) => block);
  return blocks.map((block) => block.replace(/^\s*\* ?/gm, "").replace(/^import .*\n/gm, ""));
}

describe("the examples in doc comments run on a real containerd", () => {
  let daemon: Daemon;
  let folder: string;

  before(async () => {
    daemon = await startDaemon("2.x");
    folder = mkdtempSync(join(root, "test/docs/.snippets-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await daemon.stop();
  });

  for (const file of FILES) {
    it(file, async () => {
      const examples = examplesOf(file);
      assert.ok(examples.length > 0, `${file} has no example`);
      // Each on its own, on a record as it was in the beginning, and with a name for what it makes.
      const code = examples.map((example) => `await (async () => {\nawait reset();\n${example}\n})();`).join("\n");
      const reset = `async function reset() {
  await images.deleteMany(all, { everything: true });
  await images.create({ name: "app:1", target, labels: { env: "dev" } });
}`;
      const program = join(folder, `${file.replaceAll("/", "-")}.mts`);
      writeFileSync(program, asProgram({ place: file, language: "ts", code: `${reset}\n${code}` }));
      const text = readFileSync(program, "utf8").replaceAll(
        "ImagesClient({ ",
        "ImagesClient({ address: process.env.CONTAINERD_ADDRESS, ",
      );
      writeFileSync(program, text);
      await run(program, { CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: "tsdoc" });
    });
  }
});
