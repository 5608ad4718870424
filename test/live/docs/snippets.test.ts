import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { guideProgram } from "./programs.js";
import { runTogether } from "./run-together.js";
import { languagesOf, pages, root, snippetsOf } from "./snippets.js";

/** Programs, commands, configurations and outputs. */
const LANGUAGES = new Set(["js", "ts", "sh", "yaml", "nginx", "text", ""]);

describe("every program in the documentation runs", () => {
  let daemon: Daemon;
  let folder: string;

  before(async () => {
    daemon = await startDaemon("2.x");
    // Inside the repository, where the package's own name leads to its sources.
    folder = mkdtempSync(join(root, "test/.snippets-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await daemon.stop();
  });

  it("so that there is no block whose programs are not seen", () => {
    const others = pages().flatMap((page) => languagesOf(page).filter((language) => !LANGUAGES.has(language)));
    assert.deepEqual(others, []);
  });

  for (const page of pages()) {
    it(page, async () => {
      const snippets = snippetsOf(page);
      assert.ok(snippets.length > 0, `${page} shows no program`);
      const programs = snippets.map((snippet, index) => {
        const file = join(folder, `${page.replaceAll("/", "-")}-${index}.mts`);
        writeFileSync(file, guideProgram(snippet, daemon.address));
        return { place: snippet.place, file, namespace: `docs-${index}` };
      });
      await runTogether(folder, programs, daemon.address);
    });
  }
});
