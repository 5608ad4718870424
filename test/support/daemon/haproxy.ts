import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchBundle } from "./fetch.js";
import { freePort } from "./free-port.js";
import { guideConfig, replaceTexts } from "./guide-config.js";
import { libraryFolders } from "./library-folders.js";
import { type ProxyOptions, type RunningProxy, runProxy } from "./proxy-process.js";
import { ServerProcess } from "./server-process.js";

/** Starts a HAProxy before a daemon, as `startProxy` starts an nginx, with the configuration in docs/proxies.md. */
export async function startHaproxy(
  daemon: { readonly socketPath: string },
  { tls, changes = {} }: ProxyOptions = {},
): Promise<RunningProxy> {
  const bundle = await fetchBundle("haproxy");
  const port = await freePort();
  const process = new ServerProcess("haproxy-");
  const { dir } = process;
  if (tls !== undefined) {
    writeFileSync(join(dir, "server-with-key.pem"), tls.server.cert + tls.server.key, { mode: 0o600 });
    writeFileSync(join(dir, "client-ca.pem"), tls.clientCa);
  }
  const config = replaceTexts(guideConfig("HAProxy"), [
    tls === undefined ? [/:8443 ssl .*/, `127.0.0.1:${port} proto h2`] : [":8443", `127.0.0.1:${port}`],
    ...(tls === undefined ? [] : [[/\/etc\/images/g, dir] as const]),
    ["/run/containerd/containerd.sock", daemon.socketPath],
    ...Object.entries(changes),
  ]);
  writeFileSync(join(dir, "haproxy.cfg"), config);
  return runProxy(process, {
    title: "HAProxy",
    command: [join(bundle, "usr/sbin/haproxy"), "-W", "-f", join(dir, "haproxy.cfg")],
    env: { LD_LIBRARY_PATH: (await libraryFolders(bundle)).join(":") },
    port,
    isSecure: tls !== undefined,
    reloadSignal: "SIGUSR2",
  });
}
