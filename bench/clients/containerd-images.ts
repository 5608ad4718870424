import type { BenchClient, Destination } from "./client.js";

const TIMEOUT_MS = 120_000;

/** This library, as its users import it. */
export async function open({ socketPath, namespace, library }: Destination): Promise<BenchClient> {
  // Imported by address, so that the packed package can be measured too.
  const { ImagesClient } = (await import(library)) as typeof import("../../dist/types/src/index.js");
  // On a busy machine the last of thousands of calls at once may come after the default of 10 s.
  const images = new ImagesClient({ namespace, address: socketPath, timeoutMs: TIMEOUT_MS });
  return {
    get: (name) => images.get(name),
    list: () => images.list(),
    create: (image) => images.create(image),
    iterate: () => images.iterate(),
    close: () => images.close(),
    library,
  };
}
