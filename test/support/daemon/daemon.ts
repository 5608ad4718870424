import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatConfig } from "./config.js";
import { fetchBundle, otherwise } from "./fetch.js";
import { type Exit, greets, ServerProcess } from "./server-process.js";

/** The containerd series that the tests run against; `2.x` is whatever Debian sid has today. */
export const versions = ["1.6", "1.7", "2.x"] as const;
export type Version = (typeof versions)[number];

export interface DaemonOptions {
  /**
   * Data folder to use and keep, for example that of an earlier daemon; a fresh one, removed at the end, when absent.
   */
  readonly root?: string | undefined;
  /** `host:port` of containerd's own TCP listener, which serves no Images; none when absent. */
  readonly tcpAddress?: string | undefined;
  /** Group that may use the socket beside root; only root may when absent. */
  readonly gid?: number | undefined;
  /** Whether Kubernetes' CRI plugin is on, which writes to the records of the namespace `k8s.io`; not when absent. */
  readonly hasCri?: boolean | undefined;
  /** URL of a receiver of OTLP over HTTP, which gets a span of every RPC of a 2.x; none when absent. */
  readonly tracesTo?: string | undefined;
}

/**
 * A private containerd: own data, own socket, no shims, and no CRI unless asked for.
 *
 * Nothing is written outside its temporary folder but an empty `/run/containerd`, which 1.7 and later always make.
 */
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

const longestSocketPath = 107; // bytes of sockaddr_un.sun_path, less the closing NUL
const shared = new Map<Version, Promise<Daemon>>();

/**
 * Starts a containerd, fetched before if missing, and resolves when its socket speaks HTTP/2.
 *
 * It needs root. The process dies with this one, however this one ends, and does not keep it alive.
 *
 * @example
 * await using daemon = await startDaemon("2.x");
 */
export async function startDaemon(version: Version, options: DaemonOptions = {}): Promise<Daemon> {
  assertRoot();
  const daemon = new Containerd(version, await fetchBundle(`containerd-${version}`), options);
  await daemon.start();
  return daemon;
}

/** Throws, and says what to do, when this process may not start a containerd. */
export function assertRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error(`containerd has to be started as root. ${otherwise}`);
}

/** A daemon that the test files of this process share; started at the first call, and gone when the process ends. */
export function sharedDaemon(version: Version): Promise<Daemon> {
  const daemon = shared.get(version) ?? startDaemon(version);
  shared.set(version, daemon);
  return daemon;
}

class Containerd implements Daemon {
  readonly version: Version;
  readonly socketPath: string;
  readonly #process = new ServerProcess("containerd-");
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv | undefined;

  constructor(version: Version, bundle: string, options: DaemonOptions) {
    const { dir } = this.#process;
    this.version = version;
    this.socketPath = join(dir, "c.sock");
    this.#command = [join(bundle, "usr/bin/containerd"), "--config", join(dir, "config.toml")];
    this.#env = options.tracesTo === undefined ? undefined : tracingEnv(options.tracesTo);
    writeFileSync(join(dir, "config.toml"), formatConfig(dir, this.socketPath, options));
  }

  get address(): string {
    return this.socketPath;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get exited(): Promise<Exit> {
    return this.#process.exited;
  }

  async start(): Promise<void> {
    const tooLong = Buffer.byteLength(`${this.socketPath}.ttrpc`) > longestSocketPath;
    if (tooLong) throw new Error(`${this.socketPath} is too long for a socket: set TMPDIR to a shorter path`);
    rmSync(this.socketPath, { force: true }); // a killed daemon leaves its own behind
    const isReady = () => greets({ path: this.socketPath });
    await this.#process.start({
      title: `containerd ${this.version}`,
      command: this.#command,
      env: this.#env,
      isReady,
      hint,
    });
  }

  log(): string {
    return this.#process.log();
  }

  alive(): boolean {
    return this.#process.alive();
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async restart(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    await this.#process.end(signal);
    await this.start();
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function tracingEnv(endpoint: string): NodeJS.ProcessEnv {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  };
}

function hint(log: string): string {
  return log.includes("GLIBC_") ? "\nThis machine's C library is older than the one it was built for." : "";
}
