import type { ClientName } from "./clients/names.js";

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly cells: Readonly<Partial<Record<ClientName, string>>>;
  readonly findings: readonly Finding[];
}

/** The result of a comparison; `isMet` is undefined if there is no target. */
export interface Finding {
  readonly text: string;
  readonly isMet: boolean | undefined;
}

const columns: readonly (readonly [ClientName, string])[] = [
  ["containerd-images", "containerd-images"],
  ["connect-node", "connect-node"],
  ["grpc-js-proto-loader", "grpc-js + proto-loader"],
  ["grpc-js-ts-proto", "grpc-js + ts-proto"],
  ["nice-grpc", "nice-grpc"],
  ["node-http2", "bare node:http2"],
];

/** The rows as one Markdown table. */
export function markdown(rows: readonly Row[]): string {
  const head = ["", ...columns.map(([, title]) => title), "this library ÷ peer [least–most], target"];
  const alignment = head.map((_, index) => (index === 0 || index === head.length - 1 ? "---" : "--:"));
  return [head, alignment, ...rows.map(cellsOf)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellsOf({ what, cells, findings }: Row): readonly string[] {
  return [what, ...columns.map(([client]) => cells[client] ?? ""), findings.map(textOf).join("<br>")];
}

function textOf({ text, isMet }: Finding): string {
  if (isMet === undefined) return text;
  return `${text} ${isMet ? "met" : "**missed**"}`;
}
