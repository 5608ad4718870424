import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyPair } from "./certificates.js";
import { freePort } from "./free-port.js";
import { guideConfig, replaceTexts } from "./guide-config.js";
import { type ProxyOptions, type RunningProxy, runProxy } from "./proxy-process.js";
import { ServerProcess } from "./server-process.js";
import { tlsTools } from "./tls-tools.js";

/**
 * Starts an nginx before a daemon (or anything else on a Unix socket), with the configuration in docs/proxies.md, and
 * resolves when it accepts connections.
 *
 * Everything it writes is in a temporary folder. It dies with this process, however that ends, and does not keep it
 * alive. A daemon that is down shows as HTTP 502, a refused client certificate as HTTP 400.
 *
 * @example
 * await using proxy = await startProxy(daemon, { tls: { server: certificates.server, clientCa: certificates.ca } });
 */
export async function startProxy(
  daemon: { readonly socketPath: string },
  { tls, changes = {} }: ProxyOptions = {},
): Promise<RunningProxy> {
  const { nginx, env } = await tlsTools();
  const port = await freePort();
  const process = new ServerProcess("nginx-");
  const { dir } = process;
  const config = replaceTexts(mainConfig(dir, guideConfig("nginx")), [
    tls === undefined ? ["8443 ssl", `127.0.0.1:${port}`] : ["8443", `127.0.0.1:${port}`],
    tls === undefined ? [/^ *ssl_.*\n/gm, ""] : [/\/etc\/images/g, dir],
    ["/run/containerd/containerd.sock", daemon.socketPath],
    ...Object.entries(changes),
  ]);
  writeFileSync(join(dir, "nginx.conf"), config);
  if (tls !== undefined) writeCertificates(dir, tls);
  return runProxy(process, {
    title: "nginx",
    command: [nginx, "-p", dir, "-c", "nginx.conf", "-e", "stderr"],
    env,
    port,
    isSecure: tls !== undefined,
    reloadSignal: "SIGHUP",
  });
}

function writeCertificates(dir: string, { server, clientCa }: { server: KeyPair; clientCa: string }): void {
  writeFileSync(join(dir, "server.pem"), server.cert);
  writeFileSync(join(dir, "server.key"), server.key, { mode: 0o600 });
  writeFileSync(join(dir, "client-ca.pem"), clientCa);
}

// As root, so that the daemon's 0660 socket is open to it.
function mainConfig(dir: string, server: string): string {
  return `daemon off;
user root;
worker_processes 1;
worker_shutdown_timeout 30s;
pid ${dir}/pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
${server}}
`;
}
