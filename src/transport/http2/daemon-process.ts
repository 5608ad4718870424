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
 * Whether `after` is another process than `before` on the same data folder. Only one process at a time can have that
 * folder open, so the first one is gone. The reverse is not true: a daemon in a container often has the same pid again.
 */
export function isSuccessor(before: DaemonProcess, after: DaemonProcess): boolean {
  const isKnown = before.uuid !== "" && before.pid !== 0 && after.pid !== 0;
  const isOther = before.pid !== after.pid || before.pidNamespace !== after.pidNamespace;
  return isKnown && before.uuid === after.uuid && isOther;
}
