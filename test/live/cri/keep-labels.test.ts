import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { startProgram } from "../../support/programs/program.js";
import { run } from "../../support/programs/run.js";
import { CRI_LABELS, CRI_NAMESPACE, hasLabels, pullNew, startNode } from "./node.js";

const TEAM = { "example.com/team": "shop" };

describe("examples/keep-labels.ts", { concurrency: true }, () => {
  it("says how it is called if the value of the label is missing", async () => {
    for (const assignment of ["example.com/team", "example.com/team="])
      await assert.rejects(run("examples/keep-labels.ts", {}, ["example.com/", assignment]), /usage: .* KEY=VALUE/);
  });

  for (const version of isLong ? versions : (["2.x"] as const)) {
    it(`sets a label again that CRI of containerd ${version} or another program has removed, until SIGTERM`, async () => {
      await using node = await startNode(version);
      const { images, cri, daemon } = node;
      const { tag, repository, names } = await pullNew(node, "shop/cart");
      const other = await pullNew(node, "other");
      const env = { CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: CRI_NAMESPACE };
      await using program = await startProgram("examples/keep-labels.ts", env, [repository, "example.com/team=shop"]);
      const ofShop = names.filter((name) => name.startsWith(repository));
      for (const name of ofShop) await hasLabels(node, name, { ...CRI_LABELS, ...TEAM });

      await images.update(tag, { labels: { theirs: "1" } });
      await cri.pull(tag);
      for (const name of ofShop) await hasLabels(node, name, { ...CRI_LABELS, ...TEAM });
      await images.update(tag, { labels: { "example.com/team": null, theirs: "1" } });
      await hasLabels(node, tag, { ...CRI_LABELS, ...TEAM, theirs: "1" });
      await hasLabels(node, other.tag, CRI_LABELS);
      assert.deepEqual(await program.end("SIGTERM"), { code: 0, signal: null });
    });
  }
});
