// npm run test:chaos [-- SEEDS [SECONDS [ROUNDS]]]   the long form, and its table in docs/chaos.md
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { versions } from "../../support/daemon/daemon.js";
import { wholeNumber } from "../../support/whole-number.js";
import { type ChaosReport, chaos } from "./chaos.js";
import { killInFlight } from "./in-flight.js";

const [seeds = 10, seconds = 60, rounds = 200] = process.argv.slice(2).map(wholeNumber);

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
    recoveries.length,
    `${quantile(0.5)}, ${quantile(0.99)}, ${quantile(1)}`,
    sum((report) => report.calls),
    writes,
    `${unknown} (${((100 * unknown) / writes).toFixed(2)} %)`,
    told,
    sum((report) => report.failedReads),
    sum((report) => report.impossibleStates),
    sum((report) => report.overdueCalls),
    Math.max(...reports.map((report) => report.leakedDescriptors)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function table(): string {
  return `# Chaos

Do results stay true while containerd is killed, terminated and frozen at random? This is what \`npm run test:chaos\`
found on ${new Date().toISOString().slice(0, 10)}, with Node ${process.versions.node} on ${availableParallelism()} cores.

Each line sums up ${seeds} runs of ${seconds} seconds. Each worker creates, updates, deletes and reads four records of its own, so
it knows what each read may return.

| containerd | workers | disturbances | recovered | recovery in ms: median, 99 %, longest | calls | writes | writes with outcome \`unknown\` | other failed writes | failed reads | impossible states | overdue calls | leaked descriptors |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}

- Disturbance: the daemon was killed or terminated, and started again at most 0.7 seconds later; or it was frozen for
  at most 2 seconds.
- Recovered: a call succeeded before the next disturbance, which came 150 to 900 ms later. Recovery is the time until
  then, from when the daemon's socket responded again, or the daemon was no longer frozen.
- Outcome \`unknown\`: each disturbance can lose the response of one write of each worker, so the share depends on how
  often something happens.
- Impossible state: a read returned what no sequence of the results explains, so a result was wrong.
- Overdue: the call ended more than 250 ms after its deadline of 10 seconds, without the time in which the process of
  the client stood still.

Then containerd was killed again and again with 24 creates and 24 deletes in flight:

| containerd | rounds | writes | resolved by reading back | creates with outcome \`unknown\` | deletes with outcome \`unknown\` | wrong results |
|---|---|---|---|---|---|---|
${flights.join("\n")}

A lost update or delete is [never sent again](errors-and-retry.md#reading-back), so it stays \`unknown\` unless reading
the record back shows that it was applied. A lost create is sent again if the daemon's process is known to be gone.
containerd 1.6 does not report its process id, so there a lost create without a record stays \`unknown\`.
`;
}
