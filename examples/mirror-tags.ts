// Copies every name with one prefix to another prefix, and deletes copies whose source does not exist any more.
//
//   mirror-tags.ts docker.io/library/ registry.example.com/mirror/
//
// Both prefixes end with `/`, or both with `:` (the tags of one repository). They may be written as people write names:
// `team/` is `docker.io/team/`, and `app:` is `docker.io/library/app:`, unless records begin with it as it is.
import { field, type Image, ImagesClient, printable } from "containerd-images";
import { canonicalName } from "containerd-images/reference";

const [typedFrom = "docker.io/library/", typedTo = "registry.example.com/mirror/"] = process.argv.slice(2);

// `mirror` instead of `mirror/` would also take, and delete, what is below `mirrored/`.
if (![typedFrom, typedTo].every((prefix) => /[/:]$/.test(prefix)) || typedFrom.at(-1) !== typedTo.at(-1))
  throw new Error("both prefixes must end with /, or both with :");

await using images = ImagesClient.fromEnv();

const [from, sources] = await below(typedFrom);
const [to, targets] = await below(typedTo);
// Below its source, each run would copy the copies of the run before. Above it, the sources would be deleted as copies.
if (from.startsWith(to) || to.startsWith(from))
  throw new Error(`${printable(`${to} and ${from}`)}: one is below the other`);
if (sources.length === 0) throw new Error(`no name begins with ${printable(from)}, so every copy would be deleted`);

const copies = new Map(targets.map((copy) => [copy.name, copy]));

for (const { name, target } of sources) {
  const copy = to + name.slice(from.length);
  if (copies.get(copy)?.target.digest !== target.digest) {
    await images.tag(name, copy, { force: true }); // updates in place: the name always exists
    console.log("tagged", printable(copy), target.digest);
  }
  copies.delete(copy);
}

const { results } = await images.deleteMany([...copies.values()]);
for (const { name, status, error } of results) console.log(status, printable(name), ...(error ? [error.message] : []));
if (results.some(({ status }) => status === "failed")) process.exitCode = 1;

/** A prefix as it is stored, and the records whose names begin with it. */
async function below(typed: string): Promise<readonly [prefix: string, records: readonly Image[]]> {
  const prefix = inFull(typed);
  const asTyped = await images.list(field.name.startsWith(typed));
  if (asTyped.length > 0 && prefix.startsWith(typed)) return [typed, asTyped];
  const inFullForm = await images.list(field.name.startsWith(prefix));
  // With only one of them, the copies of the others would be deleted.
  if (asTyped.length > 0 && inFullForm.length > 0)
    throw new Error(
      `names begin with ${printable(`${typed} and with ${prefix}`)}: write the one that is meant in full`,
    );
  return asTyped.length > 0 ? [typed, asTyped] : [prefix, inFullForm];
}

/** The prefix with the registry and the folder that people leave out. */
function inFull(prefix: string): string {
  // A prefix alone, such as `team/`, is not a name. With this behind it, it is. A single letter behind `docker.io/`
  // would be an official image, in `docker.io/library/`.
  const rest = prefix.endsWith("/") ? "x/x:x" : "x";
  return canonicalName(prefix + rest).slice(0, -rest.length);
}
