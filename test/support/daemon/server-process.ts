import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run, and how to tell that it is ready. */
export interface ServerCommand {
  readonly title: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly isReady: () => Promise<boolean>;
  /** Says more than the log about a failed start. */
  readonly hint?: ((log: string) => string) | undefined;
}

/** For a server that hangs: one that dies is noticed at once. */
const startTimeoutMs = 30_000;
const pollIntervalMs = 5;
const running = new Set<ServerProcess>();

// Folders are removed here; the processes are gone in any case, see `launch`.
process.on("exit", () => {
  for (const server of running) server.discard();
});

/** A server process with a temporary folder and a log file of its own, which can be started again and again. */
export class ServerProcess {
  /** Temporary folder, removed at the end. */
  readonly dir: string;
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #lastLog = "";

  constructor(prefix: string) {
    this.dir = mkdtempSync(join(tmpdir(), prefix));
    running.add(this);
  }

  /** Id of the process that runs now or ran last; 0 before the first start. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Ends with the process that runs now, or ran last. */
  get exited(): Promise<Exit> {
    this.#child?.ref(); // while a caller waits, the event loop must not become empty
    return this.#exited;
  }

  /** Starts the server and resolves when it is ready; when it does not get there, throws what it logged and stops. */
  async start(server: ServerCommand): Promise<void> {
    this.#child = launch(server, this.#logPath);
    this.#exited = exitOf(this.#child);
    this.#exited.catch(() => {}); // a program that cannot be started: whoever waits for its end hears of it
    try {
      await this.#ready(server);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** All that was written, over all starts; also after the end. */
  log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, "utf8") : this.#lastLog;
  }

  alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Sends a signal and waits for the end; another signal is not tried. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.kill(signal);
    await this.exited;
  }

  async stop(): Promise<void> {
    await this.end("SIGKILL");
    this.discard();
  }

  /** Kills without waiting and removes the folder: all that can be done while this process exits. */
  discard(): void {
    this.kill("SIGKILL");
    this.#lastLog = this.log();
    running.delete(this);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  get #logPath(): string {
    return join(this.dir, "log");
  }

  async #ready({ title, isReady, hint }: ServerCommand): Promise<void> {
    const end = performance.now() + startTimeoutMs;
    while (!(await isReady())) {
      if (!this.alive() || performance.now() > end) {
        const log = this.log();
        throw new Error(`${title} did not start: ${log.slice(-4000)}${hint?.(log) ?? ""}`);
      }
      await sleep(pollIntervalMs);
    }
  }
}

/** Starts a command that the kernel kills when this process is gone, be it by SIGKILL (prctl PR_SET_PDEATHSIG). */
function launch({ command, env }: ServerCommand, logPath: string): ChildProcess {
  const log = openSync(logPath, "a");
  const args = ["--pdeathsig", "KILL", ...command];
  const child = spawn("setpriv", args, { stdio: ["ignore", log, log], env: { ...process.env, ...env } });
  closeSync(log);
  child.unref();
  return child;
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null]; // arguments of "exit"
  return { code, signal };
}

/** Whether a server greets, as HTTP/2 servers on a plain socket do with their SETTINGS. */
export function greets(endpoint: NetConnectOpts): Promise<boolean> {
  return sees("data", endpoint);
}

/** Whether a server accepts connections. */
export function accepts(endpoint: NetConnectOpts): Promise<boolean> {
  return sees("connect", endpoint);
}

async function sees(event: string, endpoint: NetConnectOpts): Promise<boolean> {
  const socket = connect(endpoint);
  try {
    await once(socket, event, { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
