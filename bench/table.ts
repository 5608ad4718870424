import type { ClientName } from "./clients/names.js";
import { type Interval, verdictOf } from "./statistics.js";

/** One line of a table. */
export interface Row {
  readonly what: string;
  readonly cells: Readonly<Partial<Record<ClientName, string>>>;
  readonly findings: readonly Finding[];
}

/** The result of a comparison. */
export interface Finding {
  readonly interval: Interval;
  /** What the interval is of, for example `× connect-node`, or a unit. */
  readonly unit: string;
  readonly atMost?: number | undefined;
  /** Whether it is in the table of goals. */
  readonly isGoal?: boolean | undefined;
}

type Column = readonly [ClientName, string];

const peerColumns: readonly Column[] = [
  ["containerd-images", "containerd-images"],
  ["before", "the library before"],
  ["connect-node", "connect-node"],
  ["grpc-js-proto-loader", "grpc-js + proto-loader"],
  ["grpc-js-ts-proto", "grpc-js + ts-proto"],
  ["nice-grpc", "nice-grpc"],
  ["node-http2", "bare node:http2"],
  ["grpc-go", "grpc-go"],
];

const runtimeColumns: readonly Column[] = [
  ["containerd-images", `Node ${process.versions.node}`],
  ["node-22", "Node 22"],
  ["node-24", "Node 24"],
  ["node-26", "Node 26"],
  ["bun", "Bun"],
  ["deno", "Deno"],
];

/** The rows that compare clients, as a Markdown table; empty if there are none. */
export function peerTable(rows: readonly Row[]): string {
  const columns = filled(peerColumns, rows);
  const findings = (row: Row) => row.findings.map(textOf).join("<br>");
  const lines = rows.map((row) => [...cells(row, columns), findings(row)]);
  return table(["", ...titles(columns), "this library ÷ peer [95 % interval], target: verdict"], lines);
}

/** The rows that the README shows. */
export const headlines: readonly string[] = [
  "Get, one at a time, containerd: CPU",
  "Get, one at a time, containerd: time",
  "Get, 64 in flight, containerd: CPU",
  "Get, 64 in flight, containerd: time",
  "Create, 64 in flight, containerd: CPU",
  "Create, 64 in flight, containerd: time",
  "List of 10,000, containerd: CPU",
  "List of 10,000, containerd: time",
  "List of 10,000, containerd: longest stall of the event loop",
  "List of 10,000, containerd: heap kept per image",
  "List of 40,000, stub: peak memory",
  "Process after 20,000 gets, stub: memory",
  "Import and first call, stub: time",
];

/** The most important rows, without comparisons and without the older version. */
export function headlineTable(rows: readonly Row[]): string {
  const shown = rows.filter(({ what }) => headlines.includes(what));
  const columns = filled(peerColumns, shown).filter(([client]) => client !== "before");
  return table(
    ["", ...titles(columns)],
    shown.map((row) => cells(row, columns)),
  );
}

/** The rows that compare runtimes. */
export function runtimeTable(rows: readonly Row[]): string {
  const columns = filled(runtimeColumns, rows);
  return table(
    ["", ...titles(columns)],
    rows.map((row) => cells(row, columns)),
  );
}

function filled(columns: readonly Column[], rows: readonly Row[]): readonly Column[] {
  return columns.filter(([client]) => rows.some((row) => row.cells[client] !== undefined));
}

function titles(columns: readonly Column[]): readonly string[] {
  return columns.map(([, title]) => title);
}

function cells({ what, cells: byClient }: Row, columns: readonly Column[]): readonly string[] {
  return [what, ...columns.map(([client]) => byClient[client] ?? "")];
}

/** The goals among the findings, as a table of their own; empty if there are none. */
export function goals(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ what, findings }) =>
    findings.filter(({ isGoal }) => isGoal).map((finding) => [what, textOf(finding)]),
  );
  return table(["goal", "[95 % interval], limit: verdict"], lines);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  if (lines.length === 0) return "";
  const alignment = head.map((title, column) => (column === 0 || title.includes("verdict") ? "---" : "--:"));
  return [head, alignment, ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function textOf({ interval, unit, atMost }: Finding): string {
  const text = `${shown(interval.median)} ${unit} ${rangeOf(interval)}`;
  if (atMost === undefined) return text;
  const verdict = verdictOf(interval, atMost);
  return `${text}, ≤ ${atMost.toLocaleString("en")}: ${verdict === "missed" ? "**missed**" : verdict}`;
}

function rangeOf({ low, high }: Interval): string {
  return Number.isFinite(low) && Number.isFinite(high) ? `[${shown(low)}–${shown(high)}]` : "[too few rounds]";
}

function shown(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(2) : Math.round(value).toLocaleString("en");
}
