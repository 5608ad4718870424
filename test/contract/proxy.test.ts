import { makeCertificates } from "../support/daemon/certificates.js";
import { startProxy } from "../support/daemon/proxy.js";
import { daemonTarget } from "./daemon-target.js";
import { contract } from "./suite.js";

contract("containerd 2.x behind nginx, http://", () => daemonTarget("2.x", startProxy));

contract("containerd 2.x behind nginx, https:// with certificates on both sides", async () => {
  const { ca, server, client } = await makeCertificates();
  return daemonTarget("2.x", async (daemon) => {
    const proxy = await startProxy(daemon, { tls: { server, clientCa: ca } });
    return { address: proxy.address, tls: { ca, ...client }, stop: () => proxy.stop() };
  });
});
