import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { ImagesClient, isImagesError } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { digest } from "../../faults/peer.js";

const name = "docker.io/library/app:1";
const labels = { keep: "me" };

/** A service with one record, and a client that reaches it in Connect's own protocol. */
function serve(useBinaryFormat: boolean) {
  const service = new InMemoryImages();
  service.seed([{ name, target: { mediaType: "text/plain", digest, size: 7 }, labels }]);
  const { get, update } = createClient(Images, service.transport);
  const headers = { "containerd-namespace": "default" };
  const options = { transport: { useBinaryFormat } };
  const transport = createRouterTransport(({ service: route }) => {
    route(Images, { get: (request) => get(request, { headers }), update: (request) => update(request, { headers }) });
  }, options);
  return { service, images: new ImagesClient({ namespace: "default", transport }) };
}

describe("a Connect transport that sends JSON", () => {
  // In JSON, a mask is a string with commas between its paths, and in camelCase.
  for (const key of ["a,labels", "a,labels.keep", "A", "a_1", "a__b", "a_", "a_.b", "ä_ö"]) {
    it(`cannot change the label ${key} alone: nothing is sent, and no other label is lost`, async () => {
      const { service, images } = serve(false);
      await using _ = images;
      await assert.rejects(images.update(name, { labels: { [key]: "new" } }), (error) => {
        assert.ok(isImagesError(error));
        const { code, outcome, attempts, message, hint } = error;
        assert.deepEqual([code, outcome, attempts], ["failed_precondition", "not-applied", 0]);
        assert.ok(message.includes(`"labels.${key}";`), message);
        assert.match(hint ?? "", /useBinaryFormat/);
        return true;
      });
      assert.deepEqual(service.snapshot()[0]?.labels, labels);
    });

    it(`can if it sends the binary format: ${key}`, async () => {
      const { images } = serve(true);
      await using _ = images;
      const updated = await images.update(name, { labels: { [key]: "new" } });
      assert.deepEqual(updated.labels, { ...labels, [key]: "new" });
    });
  }

  it("sends no empty path, which would be no mask and replace the whole record", async () => {
    const { service, images } = serve(false);
    await using _ = images;
    const image = { name, target: { mediaType: "text/plain", digest, size: 7n } };
    const updating = images.raw.update({ image, updateMask: { paths: [""] } });
    await assert.rejects(updating, { code: "failed_precondition", outcome: "not-applied" });
    assert.deepEqual(service.snapshot()[0]?.labels, labels);
  });

  it("changes every other label", async () => {
    const { images } = serve(false);
    await using _ = images;
    const changes = { env: "1", a_b: "2", "a-_b": "3", "io.x/y-1": "4", _a: "5" };
    const updated = await images.update(name, { labels: changes });
    assert.deepEqual(updated.labels, { ...labels, ...changes });
  });
});
