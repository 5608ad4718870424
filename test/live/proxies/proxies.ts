import type { ImagesClientOptions } from "../../../src/index.js";
import { makeCertificates } from "../../support/daemon/certificates.js";
import { startHaproxy } from "../../support/daemon/haproxy.js";
import { startProxy } from "../../support/daemon/proxy.js";
import type { RunningProxy } from "../../support/daemon/proxy-process.js";
import { isLong } from "../../support/is-long.js";

let made: ReturnType<typeof makeCertificates> | undefined;

type Changes = Readonly<Record<string, string>>;

/** A proxy of docs/proxies.md, with or without TLS. */
export interface ProxyKind {
  readonly title: string;
  start(daemon: { readonly socketPath: string }, changes?: Changes): Promise<StartedProxy>;
  /** Ends a stream that is silent for so long. */
  readonly shortTimeout: Changes;
  /** Ends what is left of an old process a tenth of a second after a reload. */
  readonly shortReload: Changes;
  /** The HTTP status with which it responds while there is no daemon. */
  readonly status: number;
}

export interface StartedProxy extends RunningProxy {
  /** What a client needs to connect. */
  readonly options: Pick<ImagesClientOptions, "address" | "tls">;
}

const nginx = {
  name: "nginx",
  run: startProxy,
  shortTimeout: { "grpc_read_timeout 1h": "grpc_read_timeout 100ms" },
  shortReload: { "worker_shutdown_timeout 30s": "worker_shutdown_timeout 100ms" },
  status: 502,
};
const haproxy = {
  name: "HAProxy",
  run: startHaproxy,
  shortTimeout: { "timeout server 1h": "timeout server 100ms" },
  shortReload: { "hard-stop-after 30s": "hard-stop-after 100ms" },
  status: 503,
};

/** Both proxies; the long form has each with and without TLS. */
export const proxyKinds: readonly ProxyKind[] = [
  kind(nginx, false),
  kind(haproxy, true),
  ...(isLong ? [kind(nginx, true), kind(haproxy, false)] : []),
];

function kind({ name, run, ...rest }: typeof nginx | typeof haproxy, isSecure: boolean): ProxyKind {
  return {
    title: isSecure ? `${name} with TLS` : name,
    ...rest,
    start: async (daemon, changes = {}) => {
      if (!isSecure) return started(await run(daemon, { changes }), undefined);
      made ??= makeCertificates(); // takes a second
      const { ca, server, client } = await made;
      return started(await run(daemon, { changes, tls: { server, clientCa: ca } }), { ca, ...client });
    },
  };
}

function started(proxy: RunningProxy, tls: ImagesClientOptions["tls"]): StartedProxy {
  const { address } = proxy;
  return { ...proxy, options: tls === undefined ? { address } : { address, tls } };
}
