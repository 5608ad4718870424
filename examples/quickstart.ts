// Creates a record, reads it, changes a label and deletes it.
import { ImagesClient } from "containerd-images";

await using images = ImagesClient.fromEnv();

const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: "sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
  size: 1853,
};

const created = await images.create({ name: "example.com/quickstart:1", target, labels: { env: "dev" } });
console.log("created", created.name, created.createdAt.toISOString());

const { labels } = await images.update(created.name, { labels: { env: "prod", owner: "ci" } });
console.log("labels", labels);

await images.delete(created.name);
console.log("found after the delete:", await images.find(created.name));
