import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchBundle } from "./fetch.js";
import { freePort } from "./free-port.js";
import { libraryFolders } from "./library-folders.js";
import type { ProxyOptions, RunningProxy } from "./proxy.js";
import { accepts, ServerProcess } from "./server-process.js";

/** Starts a HAProxy before a daemon, as `startProxy` starts an nginx. docs/proxies.md shows this configuration. */
export async function startHaproxy(
  daemon: { readonly socketPath: string },
  { tls, backend = "" }: HaproxyOptions = {},
): Promise<RunningProxy> {
  const bundle = await fetchBundle("haproxy");
  const port = await freePort();
  const process = new ServerProcess("haproxy-");
  const { dir } = process;
  if (tls !== undefined) {
    writeFileSync(join(dir, "server.pem"), tls.server.cert + tls.server.key, { mode: 0o600 });
    writeFileSync(join(dir, "client-ca.pem"), tls.clientCa);
  }
  const bind = `127.0.0.1:${port} ${tls === undefined ? "proto h2" : tlsParameters(dir)}`;
  writeFileSync(join(dir, "haproxy.cfg"), formatConfig(bind, daemon.socketPath, backend));
  const start = async () =>
    process.start({
      title: "HAProxy",
      command: [join(bundle, "usr/sbin/haproxy"), "-db", "-f", join(dir, "haproxy.cfg")],
      env: { LD_LIBRARY_PATH: (await libraryFolders(bundle)).join(":") },
      isReady: () => accepts({ host: "127.0.0.1", port }),
    });
  await start();
  return {
    address: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    log: () => process.log(),
    restart: async () => {
      await process.end("SIGKILL");
      await start();
    },
    stop: () => process.stop(),
    [Symbol.asyncDispose]: () => process.stop(),
  };
}

export interface HaproxyOptions extends ProxyOptions {
  /** Further lines of the backend. */
  readonly backend?: string | undefined;
}

function tlsParameters(dir: string): string {
  return `ssl crt ${dir}/server.pem ca-file ${dir}/client-ca.pem verify required alpn h2`;
}

// `tune.bufsize` limits the size of all headers together. `retries 0`: HAProxy waits a second between its own attempts,
// and the client tries sooner.
function formatConfig(bind: string, socketPath: string, backend: string): string {
  return `global
  tune.bufsize 131072
  tune.h2.max-concurrent-streams 1000
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  retries 0
listen containerd
  bind ${bind}
  ${backend}
  server containerd unix@${socketPath} proto h2
`;
}
