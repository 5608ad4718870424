import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatConfig } from "./config.js";
import { fetchBundle } from "./fetch.js";

/** The containerd series that the tests run against; `2.x` is whatever Debian sid has today. */
export const versions = ["1.6", "1.7", "2.x"] as const;
export type Version = (typeof versions)[number];

export interface DaemonOptions {
  /** Data folder to use and keep, for example that of an earlier daemon; a fresh one, removed at the end, when absent. */
  readonly root?: string | undefined;
  /** `host:port` of containerd's own TCP listener, which serves no Images; none when absent. */
  readonly tcpAddress?: string | undefined;
}

/** How a daemon ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A private containerd: own data, own socket, no CRI, no shims, nothing outside its temporary folder. */
export interface Daemon {
  readonly version: Version;
  readonly socketPath: string;
  /** The socket path, as `ImagesClientOptions.address` takes it. */
  readonly address: string;
  /** Process id of the process that runs now or ran last. */
  readonly pid: number;
  /** Ends with the process that runs now, or ran last. */
  readonly exited: Promise<Exit>;
  /** All that the daemon has written, over all restarts; also after it stopped. */
  log(): string;
  alive(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Ends the process (`SIGKILL` unless told otherwise) and starts it on the same data and socket. */
  restart(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Kills the process and removes the folder. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const startTimeoutMs = 10_000;
const longestSocketPath = 107; // bytes of sockaddr_un.sun_path, less the closing NUL
const running = new Set<ContainerdProcess>();
const shared = new Map<Version, Promise<Daemon>>();

// Folders are removed here; the processes are gone in any case, see `launch`.
process.on("exit", () => {
  for (const daemon of running) daemon.discard();
});

/**
 * Starts a containerd, fetched before if missing, and resolves when its socket speaks HTTP/2.
 *
 * It needs root. The process dies with this one, however this one ends, and does not keep it alive.
 *
 * @example
 * await using daemon = await startDaemon("2.x");
 */
export async function startDaemon(version: Version, options: DaemonOptions = {}): Promise<Daemon> {
  if (process.getuid?.() !== 0) {
    throw new Error("containerd needs root: run as root, or `npm run test:local` for the tests that need no daemon.");
  }
  const daemon = new ContainerdProcess(version, await fetchBundle(`containerd-${version}`), options);
  await daemon.start().catch(async (error: unknown) => {
    await daemon.stop();
    throw error;
  });
  return daemon;
}

/** A daemon that the test files of this process share; started at the first call, and gone when the process ends. */
export function sharedDaemon(version: Version): Promise<Daemon> {
  const daemon = shared.get(version) ?? startDaemon(version);
  shared.set(version, daemon);
  return daemon;
}

class ContainerdProcess implements Daemon {
  readonly version: Version;
  readonly socketPath: string;
  readonly #dir: string;
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #lastLog = "";

  constructor(version: Version, bundle: string, options: DaemonOptions) {
    this.version = version;
    this.#dir = mkdtempSync(join(tmpdir(), "containerd-"));
    this.socketPath = join(this.#dir, "c.sock");
    running.add(this);
    const config = join(this.#dir, "config.toml");
    writeFileSync(config, formatConfig(this.#dir, this.socketPath, options));
    this.#command = [join(bundle, "usr/bin/containerd"), "--config", config];
  }

  get address(): string {
    return this.socketPath;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get exited(): Promise<Exit> {
    this.#child?.ref(); // who waits must not see the loop run empty first
    return this.#exited;
  }

  async start(): Promise<void> {
    const bytes = Buffer.byteLength(`${this.socketPath}.ttrpc`);
    if (bytes > longestSocketPath) throw new Error(`${this.socketPath} is too long for a socket: use a shorter TMPDIR`);
    rmSync(this.socketPath, { force: true }); // a killed daemon leaves its own behind
    this.#child = launch(this.#command, this.#logPath);
    this.#exited = exitOf(this.#child);
    await this.#ready();
  }

  log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, "utf8") : this.#lastLog;
  }

  alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async restart(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    await this.#end(signal);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#end("SIGKILL");
    this.discard();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Kills without waiting and removes the folder: all that can be done while this process exits. */
  discard(): void {
    this.kill("SIGKILL");
    this.#lastLog = this.log();
    running.delete(this);
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }

  get #logPath(): string {
    return join(this.#dir, "log");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.kill(signal);
    await this.exited;
  }

  async #ready(): Promise<void> {
    const end = performance.now() + startTimeoutMs;
    while (!(await speaksHttp2(this.socketPath))) {
      if (!this.alive() || performance.now() > end) throw this.#notStarted();
      await sleep(5);
    }
  }

  #notStarted(): Error {
    const log = this.log();
    const hint = log.includes("GLIBC_") ? "\nThis machine's C library is older than the one it was built for." : "";
    return new Error(`containerd ${this.version} did not start: ${log.slice(-4000)}${hint}`);
  }
}

/** Starts a command that the kernel kills when this process is gone, be it by SIGKILL (prctl PR_SET_PDEATHSIG). */
function launch(command: readonly string[], logPath: string): ChildProcess {
  const log = openSync(logPath, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], { stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  return child;
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null]; // arguments of "exit"
  return { code, signal };
}

/** Whether a server on the socket sends something by itself, as HTTP/2 servers do with their SETTINGS. */
async function speaksHttp2(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  try {
    await once(socket, "data", { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
