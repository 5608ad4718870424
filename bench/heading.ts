import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/**
 * The machine and the versions with which the figures were measured; `others` are those of the real daemon and of Go,
 * where they were there.
 */
export function heading(form: string, others: readonly (string | undefined)[]): string {
  // This file runs as bench/out/bench/heading.js.
  const { devDependencies } = packageAt("../../package.json");
  const { version } = packageAt("../../../package.json");
  const peers = Object.entries(devDependencies ?? {}).map(([name, peerVersion]) => `${name} ${peerVersion}`);
  const present = others.filter((other) => other !== undefined);
  const date = new Date().toISOString().slice(0, 10);
  const processors = cpus();
  return [
    `${date}, ${form} form, ${processors.length} × ${processors[0]?.model.trim()}, ${process.platform}`,
    [`containerd-images ${version}`, `Node ${process.versions.node}`, ...present, ...peers].join(", "),
  ].join("  \n");
}

interface Package {
  readonly version?: string;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function packageAt(path: string): Package {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as Package; // every package.json is one
}
