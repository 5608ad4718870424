import { bunBinary, denoBinary, nodeBinary } from "../test/live/nodes/node-versions.js";
import type { RuntimeName } from "./clients/names.js";

/** The command of a runtime, to which a program is added. The runtime is fetched if it is missing. */
export async function commandOf(runtime: RuntimeName): Promise<[string, ...string[]]> {
  switch (runtime) {
    case "node-22":
    case "node-24":
    case "node-26":
      return [await nodeBinary(runtime.slice("node-".length))];
    case "bun":
      return [await bunBinary()];
    case "deno":
      return [await denoBinary(), "run", "--allow-all", "--no-config", "--node-modules-dir=manual"];
  }
}
