// `npm run test:chaos`: the long form, and its table in docs/chaos.md.
import { writeFileSync } from "node:fs";
import { versions } from "../../support/daemon/daemon.js";
import { type ChaosReport, chaos } from "./chaos.js";
import { killInFlight } from "./in-flight.js";

const [seeds = 10, seconds = 60, rounds = 200] = process.argv.slice(2).map(Number);

const rows: string[] = [];
let isSound = true;
for (const version of versions) {
  for (const workers of [16, 64]) {
    const reports: ChaosReport[] = [];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const report = await chaos({ version, workers, durationMs: seconds * 1_000, seed });
      for (const complaint of report.complaints)
        console.log(`${version}, ${workers} workers, seed ${seed}: ${complaint}`);
      reports.push(report);
    }
    rows.push(row(version, workers, reports));
    console.log(rows.at(-1));
  }
}

const flights: string[] = [];
for (const version of versions) {
  const { writes, resolved, unknownCreates, unknownDeletes, wrong } = await killInFlight(version, rounds, 1);
  for (const complaint of wrong) console.log(`${version}: ${complaint}`);
  isSound &&= wrong.length === 0;
  flights.push(
    `| ${version} | ${rounds} | ${writes} | ${resolved} | ${unknownCreates} | ${unknownDeletes} | ${wrong.length} |`,
  );
  console.log(flights.at(-1));
}

writeFileSync(new URL("../../../docs/chaos.md", import.meta.url), table());
console.log(table());
process.exitCode = isSound ? 0 : 1;

function row(version: string, workers: number, reports: readonly ChaosReport[]): string {
  const sum = (count: (report: ChaosReport) => number) => reports.reduce((total, report) => total + count(report), 0);
  const wrong = sum((report) => report.impossibleStates + report.failedReads + report.overdueCalls);
  const told = sum((report) => report.failedWrites - report.unknownWrites);
  isSound &&= wrong === 0 && told === 0;
  const recoveries = reports.flatMap((report) => report.recoveriesMs).sort((a, b) => a - b);
  const quantile = (q: number) =>
    Math.round(recoveries[Math.min(recoveries.length - 1, Math.floor(q * recoveries.length))] ?? 0);
  const writes = sum((report) => report.writes);
  const unknown = sum((report) => report.unknownWrites);
  const cells = [
    version,
    workers,
    sum((report) => report.disturbances),
    sum((report) => report.calls),
    writes,
    `${unknown} (${((100 * unknown) / writes).toFixed(2)} %)`,
    told,
    sum((report) => report.failedReads),
    sum((report) => report.impossibleStates),
    sum((report) => report.overdueCalls),
    `${quantile(0.5)} / ${quantile(0.99)} / ${quantile(1)}`,
    Math.max(...reports.map((report) => report.leakedDescriptors)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function table(): string {
  return `# Chaos

What \`npm run test:chaos\` has shown: containerd killed, terminated and frozen at random under load; ${seeds} seeds of ${seconds} s each.

| containerd | workers | disturbances | calls | writes | unknown writes | other failed writes | failed reads | impossible states | overdue calls | recovery ms p50 / p99 / max | descriptors |
|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}

Killed with 48 creates and deletes in flight.

| containerd | rounds | writes | resolved by reading back | unknown creates | unknown deletes | wrong |
|---|---|---|---|---|---|---|
${flights.join("\n")}
`;
}
