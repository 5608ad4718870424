import type { Diagnosis } from "./diagnosis.js";

/** A diagnosis for people to read. */
export function textOf({ ok, address, namespace, version, images, findings }: Omit<Diagnosis, "text">): string {
  const server = version === undefined ? "containerd" : `containerd ${version}`;
  const where = address === undefined ? "over the given transport" : `at ${address}`;
  const count = images === undefined ? "" : `, and holds ${images === 1 ? "1 image" : `${images} images`}`;
  const first = ok
    ? `${server} ${where} answers for namespace ${JSON.stringify(namespace)}${count}.`
    : `No images can be reached ${where}.`;
  const rest = findings.map(({ severity, message, advice }) =>
    advice === undefined ? `${severity}: ${message}` : `${severity}: ${message}\n  -> ${advice}`,
  );
  return [first, ...rest].join("\n");
}
