import { kill } from "node:process";
import { eventually } from "../eventually.js";
import type { KeyPair } from "./certificates.js";
import { childrenOf, killAll, stopAll } from "./pid-namespace.js";
import { accepts, type ServerProcess } from "./server-process.js";

export interface ProxyOptions {
  /** Serves TLS with this certificate, and to clients only that show one of `clientCa`; plain HTTP/2 when absent. */
  readonly tls?: { readonly server: KeyPair; readonly clientCa: string } | undefined;
  /** Texts of the configuration in docs/proxies.md, and what stands there instead. */
  readonly changes?: Readonly<Record<string, string>> | undefined;
}

/** A proxy that passes gRPC on to a Unix socket. */
export interface RunningProxy {
  /** `http://127.0.0.1:port`, or `https://localhost:port` with TLS. */
  readonly address: string;
  readonly port: number;
  log(): string;
  /** Kills the proxy, and starts it again on the same port. */
  restart(): Promise<void>;
  /** Lets a new process accept connections, while the old one finishes its requests. */
  reload(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ProxyCommand {
  readonly title: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly isSecure: boolean;
  readonly reloadSignal: NodeJS.Signals;
}

const RELOAD_TIMEOUT_MS = 500;

/** Starts a proxy whose main process starts others. All of them are in a PID namespace, so that they end together. */
export async function runProxy(process: ServerProcess, proxy: ProxyCommand): Promise<RunningProxy> {
  const { title, env, port, isSecure, reloadSignal } = proxy;
  const command = ["unshare", "--pid", "--fork", "--kill-child", ...proxy.command];
  const isReady = () => accepts({ host: "127.0.0.1", port });
  const start = () => process.start({ title, command, env, isReady });
  await start();
  return {
    address: isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    log: () => process.log(),
    restart: async () => {
      await killAll(process);
      await start();
    },
    reload: () => reload(process, reloadSignal),
    stop: () => stopAll(process),
    [Symbol.asyncDispose]: () => stopAll(process),
  };
}

// HAProxy loses the signal while it has not finished an earlier reload, so it is sent again.
async function reload(process: ServerProcess, signal: NodeJS.Signals): Promise<void> {
  const [main] = childrenOf(process.pid);
  if (main === undefined) throw new Error("the process to reload has ended");
  const before = new Set(childrenOf(main));
  let signalAgainAt = 0;
  await eventually(async () => {
    if (performance.now() >= signalAgainAt) {
      kill(main, signal);
      signalAgainAt = performance.now() + RELOAD_TIMEOUT_MS;
    }
    if (childrenOf(main).every((pid) => before.has(pid))) throw new Error("no new process was started");
  });
}
