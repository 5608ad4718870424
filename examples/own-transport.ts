// Uses a Connect transport instead of an address: here that of an in-memory service. Others, such as gRPC-Web, work in
// the same way.
import { ImagesClient, printable } from "containerd-images";
import { InMemoryImages } from "containerd-images/testing";

const service = new InMemoryImages();
await using images = new ImagesClient({ namespace: "default", transport: service.transport });

await images.create({
  name: "example.com/in-memory:1",
  target: { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"0".repeat(64)}`, size: 1 },
});
for (const image of await images.list()) console.log(printable(image.name), image.createdAt.toISOString());
console.log(service.calls.map((call) => call.method));
