// Deletes the records that have a label and were not updated for some days. It keeps what the kubelet may not remove.
//
//   prune.ts example.com/temporary 7            shows what would be deleted
//   prune.ts example.com/temporary 7 --delete   deletes, and waits until containerd has collected what is unused
//
// With --whole it goes by image: also the records `repository@sha256:…` and `sha256:…` are deleted, which CRI makes for
// each image. Only when all records of an image are gone, its content goes. An image is kept if one of its records is
// pinned, was updated in these days, or is a tag without the label.
import { field, type Image, ImagesClient, LABEL_CRI_PINNED, printable } from "containerd-images";

const [label = "example.com/temporary", days = "7", ...modes] = process.argv.slice(2);
const cutoff = Date.now() - Number(days) * 24 * 60 * 60 * 1_000;

await using images = ImagesClient.fromEnv();

// containerd can filter by label but not by age, so this program compares the dates.
const found: Image[] = [];
for await (const image of images.iterate(field.label(label).present())) if (isOld(image)) found.push(image);

const pinned = found.filter(isPinned);
for (const { name } of pinned) console.log("pinned, kept", printable(name));
const unpinned = found.filter((image) => !isPinned(image));
const old = modes.includes("--whole") ? await wholeImages(unpinned) : unpinned;

// It passes records, not names, so that a record which was changed in the meantime is kept.
const { results, gcWaited } = await images.deleteMany(old, { dryRun: !modes.includes("--delete"), sync: true });

for (const { name, status, error } of results) console.log(status.padEnd(12), printable(name), error?.message ?? "");
console.log(`${results.length} records, ${gcWaited ? "waited for a collection" : "waited for no collection"}`);
if (results.some(({ status }) => status === "failed")) process.exitCode = 1;

/** All records of the images that these records name, without the images that somebody may still need. */
async function wholeImages(some: readonly Image[]): Promise<Image[]> {
  const whole: Image[] = [];
  for (const digest of new Set(some.map(({ target }) => target.digest))) {
    const records = await images.list(field.target.digest.equals(digest));
    const needed = records.find((image) => isPinned(image) || !isOld(image) || !(hasLabel(image) || hasNoTag(image)));
    if (needed === undefined) whole.push(...records);
    else console.log("kept        ", digest, "because of", printable(needed.name));
  }
  return whole;
}

function isOld(image: Image): boolean {
  return image.updatedAt.getTime() < cutoff;
}

function isPinned({ labels }: Image): boolean {
  return labels[LABEL_CRI_PINNED] === "pinned";
}

function hasLabel({ labels }: Image): boolean {
  return Object.hasOwn(labels, label);
}

/** Whether it is named by a digest alone. Nobody moves or labels such a name: it follows the tags of its image. */
function hasNoTag({ name }: Image): boolean {
  return /(?:^|@)sha(?:256|384|512):[0-9a-f]+$/.test(name);
}
