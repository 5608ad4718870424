// The demonstration of `npm start`: the five RPCs and what the client builds on them, on a real containerd if one
// responds.
import { field, type Image, ImagesClient, isImagesError, printable } from "containerd-images";
import { InMemoryImages } from "containerd-images/testing";

const namespace = "containerd-images-demo";
const [first, second] = ["docker.io/library/demo:1", "docker.io/library/demo:stable"];
const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: "sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
  size: 1853,
};

await using images = await connect();
try {
  show("created", await images.create({ name: first, target, labels: { env: "dev", temp: "yes" } }));
  show("labelled", await images.update(first, { labels: { env: "prod", temp: null } }));
  show("tagged", await images.tag(first, second));
  for (const image of await images.list(field.label("env").equals("prod"))) show("listed", image);
} finally {
  await cleanUp(images);
}
console.log(`deleted   both; ${(await images.list()).length} records are left in the namespace ${namespace}`);

/** A client of the daemon in the environment variables, or of a service in memory if that daemon cannot be used. */
async function connect(): Promise<ImagesClient> {
  try {
    return await onContainerd();
  } catch (error) {
    if (!isImagesError(error)) throw error;
    console.log(`containerd cannot be used: ${error.message}`);
    if (error.hint) console.log(`  ${error.hint}`);
    console.log("On the built-in service in memory instead; CONTAINERD_ADDRESS names another daemon:");
    return new ImagesClient({ namespace, transport: new InMemoryImages().transport });
  }
}

async function onContainerd(): Promise<ImagesClient> {
  const client = ImagesClient.fromEnv({ namespace });
  try {
    await client.list({ timeoutMs: 5_000 }); // a daemon that is frozen says nothing
    await cleanUp(client); // a proxy may allow reads only
  } catch (error) {
    await client.close();
    throw error;
  }
  console.log(
    `On the containerd at ${process.env["CONTAINERD_ADDRESS"] || "its usual socket"}, in the namespace ${namespace}:`,
  );
  return client;
}

async function cleanUp(client: ImagesClient): Promise<void> {
  for (const name of [first, second]) await client.delete(name, { ignoreMissing: true });
}

function show(what: string, { name, labels, target, updatedAt }: Image): void {
  // Names and labels may contain any characters, also those that control a terminal.
  const record = printable(`${name} ${JSON.stringify(labels)}`);
  console.log(what.padEnd(9), record, target.digest.slice(0, 19), updatedAt.toISOString());
}
