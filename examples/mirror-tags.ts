// Copies every name with one prefix to another prefix, and deletes copies whose source does not exist any more.
//
//   mirror-tags.ts docker.io/library/ registry.example.com/mirror/
import { field, ImagesClient, printable } from "containerd-images";

const [from = "docker.io/library/", to = "registry.example.com/mirror/"] = process.argv.slice(2);

await using images = ImagesClient.fromEnv();

const sources = await images.list(field.name.startsWith(from));
const copies = new Map((await images.list(field.name.startsWith(to))).map((copy) => [copy.name, copy]));

for (const { name, target } of sources) {
  const copy = to + name.slice(from.length);
  if (copies.get(copy)?.target.digest !== target.digest) {
    await images.tag(name, copy, { force: true }); // updates in place: the name always exists
    console.log("tagged", printable(copy), target.digest);
  }
  copies.delete(copy);
}

const { results } = await images.deleteMany([...copies.values()]);
for (const { name, status } of results) console.log(status, printable(name));
