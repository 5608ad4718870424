// Gives content a second name and labels both names, without undoing the changes of other writers.
import { ImagesClient } from "containerd-images";

await using images = ImagesClient.fromEnv();

const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: "sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
  size: 1853,
};

await images.create({ name: "example.com/tagged:1", target, labels: { team: "web" } });
await images.tag("example.com/tagged:1", "example.com/tagged:stable", { force: true });

// Two writers change different labels, and no change is lost.
await Promise.all([
  images.update("example.com/tagged:stable", { labels: { promoted: "yes" } }),
  images.update("example.com/tagged:stable", { labels: { team: null } }),
]);
const stable = await images.get("example.com/tagged:stable");
console.log(stable.name, stable.labels, stable.target.digest === target.digest);

await images.deleteMany(["example.com/tagged:1", "example.com/tagged:stable"]);
