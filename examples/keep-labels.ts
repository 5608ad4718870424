// Keeps one label on all records whose name starts with a prefix, until SIGINT or SIGTERM.
//
//   keep-labels.ts registry.example.com/shop/ example.com/team=shop
//
// Kubernetes and Docker drop the labels of other programs when an image is pulled again. A program that relies on its
// labels therefore watches the records and sets them again.
import { field, type Image, ImagesClient, isImagesError, printable } from "containerd-images";

const [prefix = "", assignment = ""] = process.argv.slice(2);
const [key = "", value = ""] = assignment.split(/=(.*)/s);
if ([prefix, key, value].includes("")) throw new Error("usage: keep-labels.ts PREFIX KEY=VALUE");

await using images = ImagesClient.fromEnv();
const watch = images.watch(field.name.startsWith(prefix));
process.once("SIGINT", () => watch.return());
process.once("SIGTERM", () => watch.return());

// The watch reports every record once at the start, and again after each change of it.
for await (const { type, image } of watch) {
  if (type === "synced" || type === "deleted" || Object.hasOwn(image.labels, key)) continue;
  await setLabel(image);
}

// The patch names one label, so that the labels of all others stay. `replaceAll` would remove the label of Kubernetes,
// which puts it back at once: the watch would report that change, and this program would never come to rest.
async function setLabel({ name }: Image): Promise<void> {
  try {
    await images.update(name, { labels: { [key]: value } });
    console.log(`labelled ${printable(name)}`);
  } catch (error) {
    const isGone = isImagesError(error) && error.code === "not_found";
    if (!isGone) throw error; // end, and let the supervisor start this program again
  }
}
