import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyPair } from "./certificates.js";
import { freePort } from "./free-port.js";
import { accepts, ServerProcess } from "./server-process.js";
import { tlsTools } from "./tls-tools.js";

export interface ProxyOptions {
  /** Serves TLS with this certificate, and to clients only that show one of `clientCa`; plain HTTP/2 when absent. */
  readonly tls?: { readonly server: KeyPair; readonly clientCa: string } | undefined;
  /** After how many requests the proxy ends a connection (GOAWAY); practically never by default. */
  readonly requestsPerConnection?: number | undefined;
  /** After how many milliseconds without a byte the proxy ends a stream; an hour by default. */
  readonly readTimeoutMs?: number | undefined;
}

/** A proxy that passes gRPC on to a Unix socket. */
export interface RunningProxy {
  /** `http://127.0.0.1:port`, or `https://localhost:port` with TLS. */
  readonly address: string;
  readonly port: number;
  log(): string;
  /** Kills the proxy, and starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an nginx before a daemon (or anything else on a Unix socket) and resolves when it accepts connections.
 *
 * Everything it writes is in a temporary folder. It dies with this process, however that ends, and does not keep it
 * alive. A daemon that is down shows as HTTP 502, a refused client certificate as HTTP 400.
 *
 * @example
 * await using proxy = await startProxy(daemon, { tls: { server: certificates.server, clientCa: certificates.ca } });
 */
export async function startProxy(
  daemon: { readonly socketPath: string },
  options: ProxyOptions = {},
): Promise<RunningProxy> {
  const { tls } = options;
  const { nginx, env } = await tlsTools();
  const port = await freePort();
  const process = new ServerProcess("nginx-");
  writeFileSync(join(process.dir, "nginx.conf"), formatConfig(process.dir, port, daemon.socketPath, options));
  if (tls !== undefined) writeCertificates(process.dir, tls);
  const command = [nginx, "-p", process.dir, "-c", "nginx.conf", "-e", "stderr"];
  const isReady = () => accepts({ host: "127.0.0.1", port });
  const start = () => process.start({ title: "nginx", command, env, isReady });
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

function writeCertificates(dir: string, { server, clientCa }: { server: KeyPair; clientCa: string }): void {
  writeFileSync(join(dir, "server.pem"), server.cert);
  writeFileSync(join(dir, "server.key"), server.key, { mode: 0o600 });
  writeFileSync(join(dir, "client-ca.pem"), clientCa);
}

// One process, which stays what it was started as (root), so that the daemon's 0660 socket is open to it. Sizes and
// times are beyond what containerd allows, so that its limits are met, not nginx's.
function formatConfig(dir: string, port: number, socketPath: string, options: ProxyOptions): string {
  const { tls, requestsPerConnection = 1_000_000, readTimeoutMs = 3_600_000 } = options;
  return `daemon off;
master_process off;
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
  client_max_body_size 0;
  client_body_timeout 1h;
  large_client_header_buffers 8 128k;
  http2_max_concurrent_streams 10000;
  keepalive_requests ${requestsPerConnection};
  server {
    listen 127.0.0.1:${port} ${tls === undefined ? "http2" : "ssl http2"};
    ${tls === undefined ? "" : tlsDirectives(dir)}
    location / {
      grpc_pass grpc://unix:${socketPath};
      grpc_buffer_size 256k;
      grpc_read_timeout ${readTimeoutMs}ms;
      grpc_send_timeout 1h;
    }
  }
}
`;
}

function tlsDirectives(dir: string): string {
  return `ssl_certificate ${dir}/server.pem;
    ssl_certificate_key ${dir}/server.key;
    ssl_client_certificate ${dir}/client-ca.pem;
    ssl_verify_client on;`;
}
