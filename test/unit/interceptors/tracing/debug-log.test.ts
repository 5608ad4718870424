import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "./scripted-server.js";

const program = fileURLToPath(new URL("debugged-program.ts", import.meta.url));

/** What the program writes to stderr, with process ids and durations left out. */
async function written(NODE_DEBUG: string): Promise<{ readonly text: string; readonly address: string }> {
  await using server = await serve([{ status: 14 }, { status: 5 }, { status: 5 }]);
  const env = { ...process.env, NODE_DEBUG };
  const { stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, server.address], { env });
  return { text: stderr.replace(/ \d+: /g, " PID: ").replace(/\d+\.\d ms/g, "N ms"), address: server.address };
}

describe("NODE_DEBUG=containerd-images", () => {
  it("prints one line for each attempt, with names escaped", async () => {
    const { text, address } = await written("containerd-images");
    const odd = String.raw`"app\n\u001b[2J:2"`;
    assert.deepEqual(text.trimEnd().split("\n"), [
      `CONTAINERD-IMAGES PID: get "app:1" in namespace "k8s.io": attempt 1, unavailable, answered, N ms, ${address}`,
      `CONTAINERD-IMAGES PID: get "app:1" in namespace "k8s.io": attempt 2, not_found, answered, N ms, ${address}`,
      `CONTAINERD-IMAGES PID: get ${odd} in namespace "k8s.io": attempt 1, not_found, answered, N ms, ${address}`,
      `CONTAINERD-IMAGES PID: get "app:3" in namespace "k8s.io": attempt 1, unknown, answered, N ms, own transport`,
    ]);
  });

  it("understands the wildcards of NODE_DEBUG", async () => {
    const { text } = await written("other,containerd-*");
    assert.equal(text.trimEnd().split("\n").length, 4);
  });

  it("prints nothing for other sections", async () => {
    assert.equal((await written("containerd")).text, "");
  });
});
