// Shows the images of a namespace as a table, and keeps it up to date until Ctrl-C.
import { type Image, ImagesClient, printable } from "containerd-images";

await using images = ImagesClient.fromEnv();
const watch = images.watch();
process.once("SIGINT", () => watch.return());
process.once("SIGTERM", () => watch.return());

const table = new Map<string, Image>();
let isComplete = false;
for await (const { type, image } of watch) {
  if (type === "deleted") table.delete(image.name);
  else if (type !== "synced") table.set(image.name, image);
  isComplete ||= type === "synced";
  if (isComplete) draw();
}

function draw(): void {
  if (process.stdout.isTTY) console.clear();
  const rows = [...table.values()].sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime());
  const width = Math.max(4, ...rows.map(({ name }) => printable(name).length));
  console.log("NAME".padEnd(width), "DIGEST".padEnd(12), "UPDATED".padEnd(19), "LABELS");
  for (const { name, target, updatedAt, labels } of rows) {
    const time = updatedAt.toISOString().slice(0, 19).replace("T", " ");
    const keys = printable(Object.keys(labels).sort().join(" "));
    console.log(printable(name).padEnd(width), target.digest.slice(7, 19), time, keys);
  }
  console.log(`${rows.length} images, ${new Date().toLocaleTimeString()}`);
}
