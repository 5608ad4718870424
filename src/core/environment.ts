import type { ImagesClientOptions } from "../options.js";

/** Client options from the variables that `ctr` reads; what is given wins over them. */
export function clientOptionsFromEnv(
  overrides: Partial<ImagesClientOptions>,
  env: Readonly<Record<string, string | undefined>>,
): ImagesClientOptions {
  const namespace = overrides.namespace ?? (env["CONTAINERD_NAMESPACE"] || "default");
  const address = overrides.address ?? (env["CONTAINERD_ADDRESS"] || undefined);
  // A transport leaves no question where the calls go.
  return overrides.transport === undefined ? { ...overrides, namespace, address } : { ...overrides, namespace };
}
