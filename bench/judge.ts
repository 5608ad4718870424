import type { ClientName } from "./clients/names.js";
import type { Figures } from "./job.js";
import type { Measurement, Metric, Peers, Target } from "./measurement.js";
import type { Samples } from "./rounds.js";
import { intervalOf, median, ratioOf } from "./statistics.js";
import type { Finding, Row } from "./table.js";

const OURS = "containerd-images";

const members: Readonly<Record<Peers, readonly ClientName[]>> = {
  "grpc-js": ["grpc-js-proto-loader", "grpc-js-ts-proto"],
  "grpc-js + proto-loader": ["grpc-js-proto-loader"],
  "connect-node": ["connect-node"],
  "node:http2": ["node-http2"],
  "Node peers": ["connect-node", "grpc-js-proto-loader", "grpc-js-ts-proto", "nice-grpc"],
  "grpc-go": ["grpc-go"],
  "the library before": ["before"],
};

const perUnit: Readonly<Record<Metric["unit"], number>> = { µs: 1, ms: 1_000, bytes: 1, MB: 1_000_000, responses: 1 };

/** The rows of a measurement: each metric with the medians of all clients, and what its targets say. */
export function rowsOf(
  { title, server, metrics }: Pick<Measurement, "title" | "server" | "metrics">,
  samples: Samples,
): readonly Row[] {
  return metrics.map((metric) => ({
    what: `${server === "none" ? title : `${title}, ${server}`}: ${metric.label}`,
    cells: Object.fromEntries(
      [...samples].map(([client, figures]) => [client, cell(median(of(metric, figures)), metric)]),
    ),
    findings: findings(metric, samples),
  }));
}

function findings(metric: Metric, samples: Samples): readonly Finding[] {
  const found = metric.targets.flatMap((target) => compare(metric, target, samples));
  const { unit, atMost, isGoal } = metric;
  if (atMost === undefined) return found;
  const ours = of(metric, samples.get(OURS) ?? []).map((value) => value / perUnit[unit]);
  return [...found, { interval: intervalOf(ours), unit, atMost, isGoal }];
}

function compare(metric: Metric, { peers, atMost, isGoal }: Target, samples: Samples): readonly Finding[] {
  const present = members[peers].filter((client) => samples.has(client));
  if (present.length === 0) return [];
  const best = bestOf(present, metric, samples);
  const interval = ratioOf(of(metric, samples.get(OURS) ?? []), of(metric, samples.get(best) ?? []));
  return [{ interval, unit: `× ${members[peers].length > 1 ? `best of ${peers}` : peers}`, atMost, isGoal }];
}

function bestOf(clients: readonly ClientName[], metric: Metric, samples: Samples): ClientName {
  const typical = (client: ClientName) => median(of(metric, samples.get(client) ?? []));
  return clients.reduce((best, client) => (typical(client) < typical(best) ? client : best));
}

function of({ figure }: Metric, figures: readonly Figures[]): readonly number[] {
  return figures.map((sample) => sample[figure] ?? Number.NaN);
}

function cell(value: number, { unit }: Metric): string {
  return `${rounded(value / perUnit[unit])} ${unit}`;
}

/** More than three digits would not be significant. */
export function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(value >= 10 ? 3 : 2);
}
