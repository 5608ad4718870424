// Deletes the records that have a label and were not updated for some days. It keeps an image of which a record is
// pinned, because the kubelet may not remove it. It does not know which images containers use; docs/deleting.md says
// how to leave those out.
//
//   prune.ts example.com/temporary 7            shows what would be deleted
//   prune.ts example.com/temporary 7 --delete   deletes, and waits until containerd has collected what is unused
//
// With --whole it goes by image: also the records `repository@sha256:…` and `sha256:…` are deleted, which CRI makes for
// each image. Only when all records of an image are gone, its content goes. An image is kept if one of its records was
// updated in these days, or has no label and does not belong to a tag with the label.
import { type DeleteResult, field, type Image, ImagesClient, LABEL_CRI_PINNED, printable } from "containerd-images";

const [label = "example.com/temporary", days = "7", ...modes] = process.argv.slice(2);
// An empty or negative number would delete what was made a moment ago.
if (days.trim() === "" || !(Number(days) >= 0)) throw new Error("say for how many days: prune.ts LABEL 7");
const cutoff = Date.now() - Number(days) * 24 * 60 * 60 * 1_000;

await using images = ImagesClient.fromEnv();

// containerd can filter by label but not by age, so this program compares the dates.
const found: Image[] = [];
for await (const image of images.iterate(field.label(label).present())) if (isOld(image)) found.push(image);

const pins = await images.list(field.label(LABEL_CRI_PINNED).equals("pinned"));
const pinnedDigests = new Set(pins.map(({ target }) => target.digest));
const pinned = found.filter(isPinned);
for (const { name } of pinned) console.log("pinned, kept", printable(name));
const unpinned = found.filter((image) => !isPinned(image));
const old = modes.includes("--whole") ? await wholeImages(unpinned) : unpinned;

// It passes records, not names, so that a record which was changed in the meantime is kept. The records with the label
// go last, and only if no other has failed: if this program ends in between, its next run finds by them what is left.
const dryRun = !modes.includes("--delete");
const unlabelled = old.filter((image) => !hasLabel(image));
const others = await images.deleteMany(unlabelled, { dryRun });
const labelled = others.results.some(hasFailed) ? [] : old.filter(hasLabel);
const { results: last, gcWaited } = await images.deleteMany(labelled, { dryRun, sync: true });
const results = [...others.results, ...last];

for (const { name, status, error } of results) console.log(status.padEnd(12), printable(name), error?.message ?? "");
console.log(`${results.length} records, ${gcWaited ? "waited for a collection" : "waited for no collection"}`);
if (results.some(hasFailed)) process.exitCode = 1;

/** All records of the images that these records name, without the images that somebody may still need. */
async function wholeImages(some: readonly Image[]): Promise<Image[]> {
  const whole: Image[] = [];
  for (const digest of new Set(some.map(({ target }) => target.digest))) {
    const records = await images.list(field.target.digest.equals(digest));
    const labelled = records.filter(hasLabel);
    const needed = records.find((image) => !isOld(image) || !(hasLabel(image) || belongsTo(labelled, image)));
    if (needed === undefined) whole.push(...records);
    else console.log("kept        ", digest, "because of", printable(needed.name));
  }
  return whole;
}

function isOld(image: Image): boolean {
  return image.updatedAt.getTime() < cutoff;
}

function isPinned({ target }: Image): boolean {
  return pinnedDigests.has(target.digest);
}

function hasLabel({ labels }: Image): boolean {
  return Object.hasOwn(labels, label);
}

function hasFailed({ status }: DeleteResult): boolean {
  return status === "failed";
}

/** Whether CRI has made it beside one of these: `repository@sha256:…` of the same repository, or `sha256:…`. */
function belongsTo(some: readonly Image[], { name }: Image): boolean {
  const byDigest = /^(?:(.*)@)?sha(?:256|384|512):[0-9a-f]+$/.exec(name);
  if (byDigest === null) return false;
  const [, repository] = byDigest;
  return repository === undefined || some.some((image) => /^(.*):[^/:@]+$/.exec(image.name)?.[1] === repository);
}
