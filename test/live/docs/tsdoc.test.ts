import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { FILES } from "./examples.js";
import { exampleProgram } from "./programs.js";
import { runTogether } from "./run-together.js";
import { root } from "./snippets.js";

describe("the examples in doc comments", () => {
  let daemon: Daemon;
  let folder: string;
  const pathOf = (file: string) => join(folder, `${file.replaceAll("/", "-")}.mts`);

  before(async () => {
    daemon = await startDaemon("2.x");
    folder = mkdtempSync(join(root, "test/.snippets-"));
    for (const file of FILES) writeFileSync(pathOf(file), exampleProgram(file, daemon.address));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await daemon.stop();
  });

  it("run on a real containerd", async () => {
    const programs = FILES.map((file) => ({ place: file, file: pathOf(file), namespace: "tsdoc" }));
    await runTogether(folder, programs, daemon.address);
  });
});
