import { fileURLToPath } from "node:url";
import type { Destination } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import type * as GoWorker from "./go-worker.js";

type Command = readonly [string, ...string[]];

/** The command that starts the worker of a client. `flags` are Node's. */
export async function commandOf(client: ClientName, to: Destination, flags: readonly string[]): Promise<Command> {
  switch (client) {
    case "grpc-go":
      return [await compiled(), to.socketPath, to.namespace];
    case "node-22":
    case "node-24":
    case "node-26":
    case "bun":
    case "deno":
      return [...(await (await import("./runtimes.js")).commandOf(client)), ...workerOf("containerd-images", to)];
    default:
      return [process.execPath, "--expose-gc", ...flags, ...workerOf(client, to)];
  }
}

/** The worker and its arguments, for a client that is a module. */
function workerOf(client: ClientName, destination: Destination): readonly string[] {
  const module = new URL(`clients/${client}.js`, import.meta.url).href;
  return [fileURLToPath(new URL("worker.js", import.meta.url)), module, JSON.stringify(destination)];
}

// Loaded only here: it fetches the compiler, which the tests that run other clients must not need.
async function compiled(): Promise<string> {
  const { goWorker }: typeof GoWorker = await import(new URL("go-worker.js", import.meta.url).href);
  return goWorker();
}
