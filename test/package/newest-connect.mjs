// Runs in a project that has the package installed: a client over a transport of Connect, and Connect's own client.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ImagesClient, isNotFound } from "containerd-images";
import { Images } from "containerd-images/raw";
import { InMemoryImages } from "containerd-images/testing";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

async function use(transport) {
  const images = new ImagesClient({ namespace: "default", transport });
  const watch = images.watch();
  assert.equal((await watch.next()).value.type, "synced");
  await images.create({ name: "app:1", target });
  const { value } = await watch.next();
  assert.deepEqual([value.type, value.image.name], ["created", "app:1"]);
  await watch.return();
  assert.equal((await images.raw.get({ name: "app:1" })).image?.name, "app:1");
  await assert.rejects(images.get("app:2"), isNotFound);
  await assert.rejects(images.list({ signal: AbortSignal.abort() }), { code: "canceled" });
  await images.delete("app:1");
  assert.deepEqual(await images.list(), []);
  await images.close();
}

const service = new InMemoryImages();
const server = await service.listen("127.0.0.1:0");
await use(createGrpcTransport({ baseUrl: server.address }));
await use(service.transport);
const headers = { "containerd-namespace": "default" };
assert.deepEqual((await createClient(Images, service.transport).list({}, { headers })).images, []);
await server.close();

// In a gateway, it also passes on the code of an error that is thrown with containerd's metadata.
const { get } = createClient(Images, service.transport);
const routes = (router) => router.service(Images, { get: (request) => get(request, { headers }) });
const gateway = createServer(connectNodeAdapter({ routes })).listen(0, "127.0.0.1");
await once(gateway, "listening");
const baseUrl = `http://127.0.0.1:${gateway.address().port}`;
const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
const images = new ImagesClient({ namespace: "default", transport });
assert.equal(await images.find("app:2"), undefined);
await images.close();
gateway.close();
gateway.closeAllConnections();
console.log("the newest Connect works");
