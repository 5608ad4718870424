// Lists the records that a filter matches, and applies the same filter locally.
import { allOf, anyOf, compile, field, ImagesClient, matches, printable } from "containerd-images";

await using images = ImagesClient.fromEnv();

const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: "sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
  size: 1853,
};
const names = ["example.com/web:1", "example.com/web:2", "example.com/db:1"];
for (const name of names) await images.create({ name, target, labels: { "example.com/tier": name.slice(12, -2) } });

const filter = allOf(
  field.name.startsWith("example.com/"),
  anyOf(field.label("example.com/tier").equals("db"), field.name.matches(":2$")),
);
console.log("sent as", compile(filter));

for (const image of await images.list(filter)) console.log("matched", printable(image.name), matches(filter, image));

for (const name of names) await images.delete(name);
