// Forwards a local socket to the socket of a containerd on another host, with the program `ssh`. See docs/remote.md.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface SshTunnel extends AsyncDisposable {
  /** The local socket, for the option `address`. */
  readonly address: string;
  /** The process id of the `ssh` that runs now; `undefined` between two. */
  readonly pid: number | undefined;
}

const RESTART_DELAY_MS = 250;
const MAX_RESTART_DELAY_MS = 2_000;
const POLL_INTERVAL_MS = 20;

/**
 * Starts `ssh` and resolves when the local socket accepts connections. When `ssh` ends, it is started again, until the
 * tunnel is disposed. It rejects if the first `ssh` ends, for example because the host refuses the key. If a signal
 * ends this process, `ssh` may remain.
 *
 * @param host as `ssh` takes it: `root@node-1`, `ssh://root@node-1:22`, or a name in `~/.ssh/config`
 */
export async function openSshTunnel(host: string, socket = "/run/containerd/containerd.sock"): Promise<SshTunnel> {
  // mkdtemp makes the folder with mode 0700, so that no other user of this machine can use the socket in it.
  const folder = await mkdtemp(join(tmpdir(), "ssh-"));
  const address = join(folder, "containerd.sock");
  const stopping = new AbortController();
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  let ssh: ChildProcess;
  try {
    ssh = startSsh(host, address, socket);
  } catch (error) {
    await removeFolder();
    throw error;
  }
  // For a child that could not be started, Node would signal any other process.
  const kill = () => hasEnded(ssh) || ssh.kill("SIGKILL");
  process.once("exit", kill); // a program that exits early must not leave ssh behind
  const stop = async () => {
    stopping.abort();
    kill();
    process.off("exit", kill);
    await removeFolder();
  };

  const keepRunning = async () => {
    for (let delayMs = RESTART_DELAY_MS; ; ) {
      if (!hasEnded(ssh)) await once(ssh, "exit");
      // An ssh that has reached the host leaves its socket; the next one could not make it then.
      delayMs = existsSync(address) ? RESTART_DELAY_MS : Math.min(2 * delayMs, MAX_RESTART_DELAY_MS);
      await rm(address, { force: true }).catch(report);
      await sleep(delayMs, undefined, { signal: stopping.signal, ref: false });
      try {
        ssh = startSsh(host, address, socket);
      } catch (error) {
        report(error); // for example, no memory is left at the moment
      }
    }
  };

  try {
    await listening(ssh, address);
  } catch (error) {
    await stop();
    throw error;
  }
  keepRunning().catch(() => undefined); // the sleep rejects when the tunnel is stopped
  return {
    address,
    get pid() {
      return hasEnded(ssh) ? undefined : ssh.pid;
    },
    [Symbol.asyncDispose]: stop,
  };
}

function startSsh(host: string, local: string, remote: string): ChildProcess {
  const settings = {
    BatchMode: "yes", // never ask for a password
    ConnectTimeout: 10, // seconds until ssh ends because the host does not respond
    ControlPath: "none", // a connection of its own, which ends with this process
    ExitOnForwardFailure: "yes",
    LogLevel: "ERROR", // without a line for each connection that containerd refuses while it is down
    ServerAliveCountMax: 2, // end about 15 s after the other side became silent
    ServerAliveInterval: 5,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const args = ["-N", "-T", ...options, "-L", `${local}:${remote}`, "--", host];
  const ssh = spawn("ssh", args, { stdio: ["ignore", "ignore", "inherit"] });
  ssh.on("error", report);
  ssh.unref(); // the tunnel does not keep this process alive
  return ssh;
}

function report(error: unknown): void {
  console.error(`cannot start ssh: ${error instanceof Error ? error.message : error}`);
}

/** ssh makes the socket when the server has accepted the user. */
async function listening(ssh: ChildProcess, address: string): Promise<void> {
  while (!existsSync(address)) {
    if (hasEnded(ssh)) throw new Error("ssh has ended; its message is above");
    await sleep(POLL_INTERVAL_MS);
  }
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
