import { execFile } from "node:child_process";
import { join } from "node:path";
import { fetchBundle } from "../../support/daemon/fetch.js";

/** The documents of a manifest as they are written, with all fields, known or not. */
export async function readManifest(path: string): Promise<readonly unknown[]> {
  const text = await kubectl(["patch", "--local", "-f", path, "--type=merge", "-p", "{}", "-o", "json"]);
  // It prints one JSON text after the other.
  return text.split(/(?<=^\}\n)/m).map((document): unknown => JSON.parse(document));
}

/**
 * The places in a workload that Kubernetes' own types do not know, or read as another value.
 *
 * `create --dry-run=client` would ask a cluster which kinds there are. `set serviceaccount` asks nobody; it reads the
 * workload into those types, which drops what they do not know, and adds one field.
 */
export async function unknownFields(workload: unknown): Promise<string[]> {
  const typed = await kubectl(["set", "serviceaccount", "--local", "-f", "-", "default", "-o", "json"], workload);
  return differences(workload, JSON.parse(typed), "");
}

/** Where `read` lacks what `written` has. */
function differences(written: unknown, read: unknown, path: string): string[] {
  if (typeof written !== "object" || written === null) return Object.is(written, read) ? [] : [path];
  if (typeof read !== "object" || read === null) return [path];
  const values = new Map<string, unknown>(Object.entries(read));
  return Object.entries(written).flatMap(([key, value]) => differences(value, values.get(key), `${path}/${key}`));
}

async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
  const program = join(await fetchBundle("kubectl"), "usr/bin/kubectl");
  const env = { HOME: "/nonexistent", KUBECONFIG: "/dev/null" };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    child.stdin?.end(input === undefined ? "" : JSON.stringify(input));
  });
}
