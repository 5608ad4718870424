import type { ImagesClientOptions } from "../options.js";

/** Client options from the environment variables that `ctr` reads; options that are given override them. */
export function clientOptionsFromEnv(
  overrides: Partial<ImagesClientOptions>,
  env: Readonly<Record<string, string | undefined>>,
): ImagesClientOptions {
  const namespace = overrides.namespace ?? (env["CONTAINERD_NAMESPACE"] || "default");
  const address = overrides.address ?? (env["CONTAINERD_ADDRESS"] || undefined);
  // With a transport or a function that dials there is no address.
  const hasAddress = overrides.transport === undefined && overrides.dial === undefined;
  return hasAddress ? { ...overrides, namespace, address } : { ...overrides, namespace };
}
