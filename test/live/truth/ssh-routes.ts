import { readFileSync } from "node:fs";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { SshHost } from "../../../examples/ssh-dial.js";
import { openSshTunnel } from "../../../examples/ssh-tunnel.js";
import type { ImagesClientOptions } from "../../../src/index.js";
import { startSshServer } from "../../support/daemon/sshd.js";
import type { SshRoute } from "./scene.js";

/** The ways over ssh to one socket. */
export interface SshRoutes extends AsyncDisposable {
  readonly optionsOf: (route: SshRoute) => Pick<ImagesClientOptions, "address" | "dial" | "waitForDaemonMs">;
  /** Kills what carries the connections: the program `ssh`, or the processes of sshd; in turn where there are both. */
  cut(route: SshRoute): void;
  /** Stops the same processes, and kills them a moment later. */
  silence(route: SshRoute): Promise<void>;
}

/** How long `ssh` may need to be back. */
const WAIT_MS = 10_000;
const SILENCE_MS = 100;

/** Starts an sshd, and opens the ways of the examples to a socket. */
export async function openSshRoutes(socketPath: string): Promise<SshRoutes> {
  const server = await startSshServer();
  process.env["PATH"] = `${server.binFolder}:${process.env["PATH"]}`; // it has the `ssh` that knows the server
  const tunnel = await openSshTunnel("node", socketPath);
  const host = new SshHost({
    host: "127.0.0.1",
    port: server.port,
    username: "root",
    privateKey: readFileSync(server.keyFile),
    hostFingerprint: server.hostFingerprint,
    socket: socketPath,
  });
  let cuts = 0;
  const nextProcesses = (route: SshRoute): readonly number[] => {
    cuts += 1;
    const own = route === "ssh" && cuts % 2 === 0 ? tunnel.pid : undefined;
    return own === undefined ? server.sessions() : [own];
  };
  return {
    optionsOf: (route) => ({
      ...(route === "ssh" ? { address: tunnel.address } : { dial: host.dial }),
      waitForDaemonMs: WAIT_MS,
    }),
    cut: (route) => signal(nextProcesses(route), "SIGKILL"),
    silence: async (route) => {
      const processes = nextProcesses(route);
      signal(processes, "SIGSTOP");
      await sleep(SILENCE_MS);
      signal(processes, "SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      host[Symbol.dispose]();
      await tunnel[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

/** Sends a signal to processes that may have ended by themselves. */
function signal(processes: readonly number[], name: NodeJS.Signals): void {
  for (const pid of processes) {
    try {
      kill(pid, name);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
