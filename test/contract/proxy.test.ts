import { makeCertificates } from "../support/daemon/certificates.js";
import { startHaproxy } from "../support/daemon/haproxy.js";
import { startProxy } from "../support/daemon/proxy.js";
import { daemonTarget } from "./daemon-target.js";
import { contract } from "./suite.js";

for (const [name, start, refusesLongHeaders] of [
  ["nginx", startProxy, false],
  ["HAProxy", startHaproxy, true],
] as const) {
  contract(`containerd 2.x behind ${name}, http://`, () =>
    daemonTarget("2.x", async (daemon) => {
      const proxy = await start(daemon);
      return { address: proxy.address, refusesLongHeaders, stop: () => proxy.stop() };
    }),
  );

  contract(`containerd 2.x behind ${name}, https:// with certificates on both sides`, async () => {
    const { ca, server, client } = await makeCertificates();
    return daemonTarget("2.x", async (daemon) => {
      const proxy = await start(daemon, { tls: { server, clientCa: ca } });
      return { address: proxy.address, tls: { ca, ...client }, refusesLongHeaders, stop: () => proxy.stop() };
    });
  });
}
