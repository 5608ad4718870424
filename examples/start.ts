// The demonstration of `npm start`: the five RPCs and what the client builds on them, on a real containerd if one
// responds.
import { connect as connectTo } from "node:net";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { field, type Image, ImagesClient, isImagesError, printable } from "containerd-images";
import { Namespaces } from "containerd-images/raw";
import { InMemoryImages } from "containerd-images/testing";

const namespace = "containerd-images-demo";
const [first, second] = ["docker.io/library/demo:1", "docker.io/library/demo:stable"];
const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: "sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
  size: 1853,
};

const { client, transport } = await connect();
await using images = client;
try {
  show("created", await images.create({ name: first, target, labels: { env: "dev", temp: "yes" } }));
  show("labelled", await images.update(first, { labels: { env: "prod", temp: null } }));
  show("tagged", await images.tag(first, second));
  for (const image of await images.list(field.label("env").equals("prod"))) show("listed", image);
} finally {
  await cleanUp(images);
}
console.log(`deleted   both; ${(await images.list()).length} records are left in the namespace ${namespace}`);
await removeNamespace();

interface Connected {
  readonly client: ImagesClient;
  /** Leads to the same service: the client of this package has no method for namespaces. */
  readonly transport: () => Transport;
}

/** Connects to the daemon in the environment variables, or to a service in memory if that daemon cannot be used. */
async function connect(): Promise<Connected> {
  try {
    return { client: await onContainerd(), transport: toContainerd };
  } catch (error) {
    if (!isImagesError(error)) throw error;
    console.log(`containerd cannot be used: ${error.message}`);
    if (error.hint) console.log(`  ${error.hint}`);
    console.log("On the built-in service in memory instead; CONTAINERD_ADDRESS names another daemon:");
    const { transport } = new InMemoryImages();
    return { client: new ImagesClient({ namespace, transport }), transport: () => transport };
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

/** A record makes its namespace, which stays when the record goes. One with labels is another program's. */
async function removeNamespace(): Promise<void> {
  try {
    const service = createClient(Namespaces, transport());
    const { namespaces } = await service.list({}, { timeoutMs: 5_000 });
    const isOurs = namespaces.some(({ name, labels }) => name === namespace && Object.keys(labels).length === 0);
    if (!isOurs) return;
    await service.delete({ name: namespace }, { timeoutMs: 5_000 });
    console.log("removed   the namespace");
  } catch (error) {
    console.log(`kept      the empty namespace: ${printable(String(error))}`); // a proxy may pass only images on
  }
}

function toContainerd(): Transport {
  const address = process.env["CONTAINERD_ADDRESS"] || "/run/containerd/containerd.sock";
  const path = address.replace(/^unix:(\/\/)?/, "");
  if (!path.startsWith("/")) return createGrpcTransport({ baseUrl: address });
  const nodeOptions = { createConnection: () => connectTo(path) };
  return createGrpcTransport({ baseUrl: "http://localhost", nodeOptions });
}

function show(what: string, { name, labels, target, updatedAt }: Image): void {
  // Names and labels may contain any characters, also those that control a terminal.
  const record = printable(`${name} ${JSON.stringify(labels)}`);
  console.log(what.padEnd(9), record, target.digest.slice(0, 19), updatedAt.toISOString());
}
