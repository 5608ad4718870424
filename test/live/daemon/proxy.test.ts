import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  GetImageResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { type Certificates, makeCertificates } from "../../support/daemon/certificates.js";
import { sharedDaemon, startDaemon, versions } from "../../support/daemon/daemon.js";
import { askVersion, grpcCall } from "../../support/daemon/grpc-call.js";
import { startProxy } from "../../support/daemon/proxy.js";

const images = "/containerd.services.images.v1.Images";

describe("an nginx before a daemon", () => {
  let certificates: Certificates;

  before(async () => {
    certificates = await makeCertificates();
  });

  for (const version of versions) {
    it(`passes calls to containerd ${version} over http:// and https://`, async () => {
      const daemon = await sharedDaemon(version);
      const expected = await askVersion(daemon.address);
      await using plain = await startProxy(daemon);
      await using secure = await startProxy(daemon, { tls: tls("server") });
      assert.match(plain.address, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.match(secure.address, /^https:\/\/localhost:\d+$/);
      assert.equal(await askVersion(plain.address), expected);
      assert.equal(await askVersion(secure.address, trusted()), expected);
      assert.equal(await askVersion(`https://127.0.0.1:${secure.port}`, trusted()), expected);
    });
  }

  it("refuses clients without a certificate, and with a stranger's", async () => {
    await using proxy = await startProxy(await sharedDaemon("2.x"), { tls: tls("server") });
    const { ca, strangerClient } = certificates;
    await assert.rejects(askVersion(proxy.address, { ca }), /^Error: HTTP 400/);
    await assert.rejects(askVersion(proxy.address, { ca, client: strangerClient }), /^Error: HTTP 400/);
  });

  it("is refused by clients that trust another authority", async () => {
    await using proxy = await startProxy(await sharedDaemon("2.x"), { tls: tls("server") });
    const options = { ...trusted(), ca: certificates.strangerCa };
    await assert.rejects(askVersion(proxy.address, options), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });

  for (const [server, code] of [
    ["expiredServer", "CERT_HAS_EXPIRED"],
    ["otherHostServer", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ] as const) {
    it(`can have a certificate that clients refuse as ${code}`, async () => {
      await using proxy = await startProxy(await sharedDaemon("2.x"), { tls: tls(server) });
      await assert.rejects(askVersion(proxy.address, trusted()), { code });
    });
  }

  it("passes messages of nearly 16 MiB both ways", async () => {
    await using daemon = await startDaemon("2.x");
    await using proxy = await startProxy(daemon, { tls: tls("server") });
    const target = { mediaType: "m".repeat(16_000_000), digest: `sha256:${"a".repeat(64)}`, size: 1n };
    const request = create(CreateImageRequestSchema, { image: { name: "big", target } });
    const message = toBinary(CreateImageRequestSchema, request);
    assert.equal((await grpcCall(proxy.address, `${images}/Create`, message, trusted())).code, 0);
    const name = Uint8Array.of(0x0a, 3, ...Buffer.from("big")); // field 1, three bytes
    const { body } = await grpcCall(proxy.address, `${images}/Get`, name, trusted());
    assert.equal(fromBinary(GetImageResponseSchema, body).image?.target?.mediaType.length, 16_000_000);
  });

  it("answers HTTP 502 while the daemon is down, and recovers", async () => {
    await using daemon = await startDaemon("2.x");
    await using proxy = await startProxy(daemon);
    daemon.kill("SIGKILL");
    await daemon.exited;
    await assert.rejects(askVersion(proxy.address), /^Error: HTTP 502/);
    await daemon.restart();
    assert.match(await askVersion(proxy.address), /^2\./);
  });

  it("is gone when it stops", async () => {
    const proxy = await startProxy(await sharedDaemon("2.x"));
    await proxy.stop();
    await assert.rejects(askVersion(proxy.address), { code: "ECONNREFUSED" });
    assert.ok(existsSync((await sharedDaemon("2.x")).socketPath));
  });

  function tls(server: "server" | "expiredServer" | "otherHostServer") {
    return { server: certificates[server], clientCa: certificates.ca };
  }

  function trusted() {
    return { ca: certificates.ca, client: certificates.client };
  }
});
