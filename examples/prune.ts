// Deletes the records that have a label and were not updated for some days.
//
//   prune.ts example.com/temporary 7            shows what would be deleted
//   prune.ts example.com/temporary 7 --delete   deletes, and waits until the content is deleted too
import { field, type Image, ImagesClient, printable } from "containerd-images";

const [label = "example.com/temporary", days = "7", mode] = process.argv.slice(2);
const cutoff = Date.now() - Number(days) * 24 * 60 * 60 * 1_000;

await using images = ImagesClient.fromEnv();

// containerd can filter by label but not by age, so this program compares the dates.
const old: Image[] = [];
for await (const image of images.iterate(field.label(label).present()))
  if (image.updatedAt.getTime() < cutoff) old.push(image);

// It passes records, not names, so that a record which was changed in the meantime is kept.
const { results, gcWaited } = await images.deleteMany(old, { dryRun: mode !== "--delete", sync: true });

for (const { name, status, error } of results) console.log(status.padEnd(12), printable(name), error?.message ?? "");
console.log(`${results.length} records, ${gcWaited ? "content collected" : "content not collected"}`);
if (results.some(({ status }) => status === "failed")) process.exitCode = 1;
