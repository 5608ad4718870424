import { requestOf } from "../../codec/encoded-request.js";
import { type DaemonProcess, serverResponse } from "../../codec/responses.js";
import { withOwnCall } from "../../rpc/call.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Invoker, ServerChange } from "../../rpc/invoker.js";
import { SERVER } from "../../rpc/method.js";
import type { Clock } from "../../util/clock.js";

const TIMEOUT_MS = 1_000;

/** What a server that has no Introspection service says about itself. */
const NAMELESS: DaemonProcess = { uuid: "", pid: 0, pidNamespace: 0 };

/** Asks the process at the other end. */
export async function askDaemonProcess(invoker: Invoker, clock: Clock): Promise<DaemonProcess> {
  try {
    return await withOwnCall({ method: SERVER.name, timeoutMs: TIMEOUT_MS }, clock, (call) =>
      invoker.unary(requestOf(SERVER), call, serverResponse),
    );
  } catch (error) {
    if (error instanceof RpcFailure && error.code === "unimplemented") return NAMELESS;
    throw error;
  }
}

/**
 * Compares the processes that responded before and after a connection was lost. Only one process at a time can have a
 * data folder open, so another process with the same folder shows that the first one is gone. The same pid proves
 * nothing: a restarted daemon in a container often has the same pid.
 */
export function compareProcesses(before: DaemonProcess, after: DaemonProcess): ServerChange {
  if (before.uuid === "" || after.uuid === "") return "unknown";
  if (before.uuid !== after.uuid) return "other-server";
  const isOther = before.pid !== after.pid || before.pidNamespace !== after.pidNamespace;
  return before.pid !== 0 && after.pid !== 0 && isOther ? "restarted" : "unknown";
}
