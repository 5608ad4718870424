import type { ServerChange } from "../../rpc/invoker.js";

/** Which process of which daemon answers, as `Introspection.Server` tells it. */
export interface DaemonProcess {
  /** Made once for each data folder. */
  readonly uuid: string;
  /** 0 before containerd 1.7. */
  readonly pid: number;
  /** Inode of the process id namespace that the pid belongs to. */
  readonly pidNamespace: number;
}

/**
 * Compares the processes that answered before and after. Only one at a time can have a data folder open, so another one
 * on the same folder says that the first is gone. The reverse is not true: a daemon in a container often has the same
 * pid again.
 */
export function answerer(before: DaemonProcess, after: DaemonProcess): ServerChange {
  if (before.uuid === "" || after.uuid === "") return "unknown";
  if (before.uuid !== after.uuid) return "other-server";
  const isOther = before.pid !== after.pid || before.pidNamespace !== after.pidNamespace;
  return before.pid !== 0 && after.pid !== 0 && isOther ? "restarted" : "unknown";
}
