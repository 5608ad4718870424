import { whereText } from "../core/connection.js";
import { printable, shortened } from "../util/printable.js";
import type { Diagnosis, Finding } from "./diagnosis.js";

const MAX_TEXT_LENGTH = 1_000;

/** A finding for people to read: text that comes from a server is escaped and shortened. */
export function printed(finding: Finding): Finding {
  const { message, advice } = finding;
  return { ...finding, message: shown(message), advice: advice === undefined ? undefined : shown(advice) };
}

/** A diagnosis for people to read. */
export function textOf({ ok, address, namespace, version, images, findings }: Omit<Diagnosis, "text">): string {
  const server = version === undefined ? "containerd" : `containerd ${version}`;
  const where = whereText(address);
  const count = images === undefined ? "" : `, and holds ${images === 1 ? "1 image" : `${images} images`}`;
  const first = ok
    ? `${server} ${where} answers for namespace ${JSON.stringify(namespace)}${count}.`
    : `No images can be reached ${where}.`;
  const rest = findings.map(({ severity, message, advice }) =>
    advice === undefined ? `${severity}: ${message}` : `${severity}: ${message}\n  -> ${advice}`,
  );
  return [shown(first), ...rest].join("\n");
}

function shown(text: string): string {
  return printable(shortened(text, MAX_TEXT_LENGTH));
}
