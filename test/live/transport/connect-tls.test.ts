import assert from "node:assert/strict";
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { before, describe, it } from "node:test";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { fromTransport } from "../../../src/transport/from-transport.js";
import { type Certificates, makeCertificates } from "../../support/daemon/certificates.js";
import { failureOf, get } from "../../unit/transport/calls.js";

describe("TLS errors beneath connect-node", () => {
  let certificates: Certificates;
  before(async () => {
    certificates = await makeCertificates();
  });

  it("prove that nothing was sent where this side refuses the peer's certificate", async () => {
    const { ca, strangerCa, server, expiredServer, otherHostServer } = certificates;
    for (const [own, trusted, telling] of [
      [server, strangerCa, /tls\.ca/],
      [expiredServer, ca, /expired/],
      [otherHostServer, ca, /another host name/],
    ] as const) {
      const failure = await failureAt(own, { ca: trusted });
      assert.deepEqual(
        [failure.code, failure.kind, failure.evidence, failure.problem],
        ["unavailable", "misconfigured", "never-sent", "tls-failed"],
      );
      assert.match(failure.hint ?? "", telling);
    }
  });

  it("leave open what was sent where the peer refuses this side's, and still say why", async () => {
    const { ca, server } = certificates;
    const failure = await failureAt({ ...server, ca, requestCert: true, rejectUnauthorized: true }, { ca });
    assert.deepEqual(
      [failure.code, failure.kind, failure.evidence, failure.problem],
      ["unavailable", "broken", "no-answer", "tls-failed"],
    );
    assert.match(failure.hint ?? "", /asks for a client certificate/);
  });
});

/** How a call fails at a server with these TLS options, for a client with those. */
async function failureAt(own: Parameters<typeof createSecureServer>[0], nodeOptions: { readonly ca: string }) {
  const server = createSecureServer(own).on("sessionError", () => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = server.address() as AddressInfo; // of a server that listens on a port
    return await failureOf(
      get(fromTransport(createGrpcTransport({ baseUrl: `https://localhost:${port}`, nodeOptions }))),
    );
  } finally {
    server.close();
  }
}
