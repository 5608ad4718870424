import assert from "node:assert/strict";
import { it } from "node:test";
import { rowsOf } from "../../../bench/judge.js";
import type { Metric } from "../../../bench/measurement.js";
import type { Samples } from "../../../bench/rounds.js";
import { goals, peerTable } from "../../../bench/table.js";

const peers = "connect-node";

function rows(ours: readonly number[], targets: Metric["targets"], theirs: readonly number[] = ours.map(() => 100)) {
  const figures = (values: readonly number[]) => values.map((cpuUs) => ({ cpuUs }));
  const samples: Samples = new Map([
    ["containerd-images", figures(ours)],
    ["connect-node", figures(theirs)],
  ]);
  return rowsOf(
    { title: "Get", server: "stub", metrics: [{ figure: "cpuUs", label: "CPU", unit: "µs", targets }] },
    samples,
  );
}

it("a row says whether its target is met, missed or undecided", () => {
  const [met, undecided, missed] = [0.9, 0.65, 0.3].map((atMost) =>
    peerTable(rows([60, 62, 64, 66, 68, 70], [{ peers, atMost }])),
  );
  assert.match(met ?? "", /\| 65.0 µs \| .* 0\.65 × connect-node \[0\.60–0\.70\], ≤ 0\.9: met \|$/);
  assert.match(undecided ?? "", /≤ 0\.65: undecided \|$/);
  assert.match(missed ?? "", /≤ 0\.3: \*\*missed\*\* \|$/);
});

it("a row of too few rounds is undecided, however clear it looks", () => {
  assert.match(peerTable(rows([1, 1], [{ peers, atMost: 0.5 }])), /\[too few rounds\], ≤ 0\.5: undecided/);
});

it("a peer without a target is compared without a verdict, also where it wins", () => {
  assert.match(
    peerTable(rows([200, 200, 200, 200, 200, 200], [{ peers }])),
    /2\.00 × connect-node \[2\.00–2\.00\] \|$/,
  );
});

it("a peer that is not there is left out", () => {
  assert.deepEqual(rows([1], [{ peers: "grpc-go", atMost: 1 }])[0]?.findings, []);
});

it("the goals are a table of their own", () => {
  const found = rows(
    [50, 50, 50, 50, 50, 50],
    [
      { peers, atMost: 0.9, isGoal: true },
      { peers, atMost: 0.6 },
    ],
  );
  const table = goals(found).split("\n");
  assert.deepEqual(table.slice(2), ["| Get, stub: CPU | 0.50 × connect-node [0.50–0.50], ≤ 0.9: met |"]);
});
