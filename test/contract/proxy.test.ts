import { makeCertificates } from "../support/daemon/certificates.js";
import { startHaproxy } from "../support/daemon/haproxy.js";
import { startProxy } from "../support/daemon/proxy.js";
import { isLong } from "../support/is-long.js";
import { daemonTarget } from "./daemon-target.js";
import { contract } from "./suite.js";

// In the short form each proxy has one scheme here, and the other one in test/live/proxies.
for (const [name, start, refusesLongHeaders, schemes] of [
  ["nginx", startProxy, false, isLong ? ["http", "https"] : ["https"]],
  ["HAProxy", startHaproxy, true, isLong ? ["http", "https"] : ["http"]],
] as const) {
  if (schemes.includes("http"))
    contract(`containerd 2.x behind ${name}, http://`, () =>
      daemonTarget("2.x", async (daemon) => {
        const proxy = await start(daemon);
        return { address: proxy.address, refusesLongHeaders, stop: () => proxy.stop() };
      }),
    );

  if (schemes.includes("https"))
    contract(`containerd 2.x behind ${name}, https:// with certificates on both sides`, async () => {
      const { ca, server, client } = await makeCertificates();
      return daemonTarget("2.x", async (daemon) => {
        const proxy = await start(daemon, { tls: { server, clientCa: ca } });
        return { address: proxy.address, tls: { ca, ...client }, refusesLongHeaders, stop: () => proxy.stop() };
      });
    });
}
