// Keeps the newest tags of each repository, and deletes the older ones. Beside them it keeps images of which a record
// is pinned, because the kubelet may not remove them, and records that are named by a digest. CRI makes such records,
// so on a Kubernetes node this frees no content; `prune.ts --whole` does.
//
//   keep-last.ts 5            shows what would be deleted
//   keep-last.ts 5 --delete   deletes
//
// The newest is what was updated last; a change of labels is an update too. The time of creation would not do: a tag
// that is moved or pulled again keeps it, so `latest` would be the first to go.
import { field, type Image, ImagesClient, LABEL_CRI_PINNED, printable } from "containerd-images";
import { isReferenceSyntaxError, parseReference, type Reference } from "containerd-images/reference";

const [text, mode] = process.argv.slice(2);
const count = Number(text);
if (!Number.isInteger(count) || count < 1)
  throw new Error("say how many tags of each repository to keep: keep-last.ts 5");

await using images = ImagesClient.fromEnv();

const pins = await images.list(field.label(LABEL_CRI_PINNED).equals("pinned"));
const pinnedDigests = new Set(pins.map(({ target }) => target.digest));

const repositories = new Map<string, Image[]>();
for await (const image of images.iterate()) {
  if (isDigest(image.name) || pinnedDigests.has(image.target.digest)) continue;
  const repository = repositoryOf(image.name);
  if (repository === undefined) console.log("skipped     ", printable(image.name), "is not the full name of a tag");
  else repositories.set(repository, [...(repositories.get(repository) ?? []), image]);
}

const old = [...repositories.values()].flatMap((tags) => tags.sort(byUpdate).slice(count));
// It passes records, not names, so that a tag which was moved in the meantime is kept.
const { results } = await images.deleteMany(old, { dryRun: mode !== "--delete" });

for (const { name, status, error } of results) console.log(status.padEnd(12), printable(name), error?.message ?? "");
console.log(`${results.length} tags of ${repositories.size} repositories`);
if (results.some(({ status }) => status === "failed")) process.exitCode = 1;

/** The repository of a tag; `undefined` if the name is not what Docker, CRI and nerdctl call a tag. */
function repositoryOf(name: string): string | undefined {
  const reference = read(name);
  if (reference?.canonical !== name || reference.tag === undefined) return undefined;
  return name.slice(0, -`:${reference.tag}`.length);
}

function read(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch (error) {
    if (isReferenceSyntaxError(error)) return undefined;
    throw error;
  }
}

/** As a reference, `sha256:…` would be a tag of the repository `sha256`. */
function isDigest(name: string): boolean {
  return /(?:^|@)sha(?:256|384|512):[0-9a-f]+$/.test(name);
}

function byUpdate(a: Image, b: Image): number {
  return b.updatedAt.getTime() - a.updatedAt.getTime();
}
