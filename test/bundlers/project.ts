import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, run } from "../package/packed.js";

/** A program that uses every part that is loaded late: the regexp engine, event streams, diagnosis and raw calls. */
const PROGRAM = `
import { ImagesClient, matches, parse } from "containerd-images";

export async function report(address) {
  const images = new ImagesClient({ namespace: "default", address });
  const listed = await images.list();
  const names = listed.filter((image) => matches(parse("name~=/^app:[0-9]$/"), image)).map(({ name }) => name);
  const watch = images.watch();
  const { value: event } = await watch.next();
  await watch.return();
  const { images: raw } = await images.raw.list({});
  const { ok } = await images.diagnose();
  await images.close();
  return [...names, event.type, raw.length, ok ? "healthy" : "ill"].join(" ");
}
`;

/** What it reports about the service of {@link SEED}. */
export const REPORT = "app:1 created 2 healthy";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
export const SEED = [
  { name: "app:1", target },
  { name: "app:next", target },
];

const MAIN = `
import { report } from "./report.mjs";
report(process.env.CONTAINERD_ADDRESS).then(console.log);
`;

/** Programs whose size is measured: what a user gets for one import. */
const ALONE = {
  "client.mjs": `import { ImagesClient } from "containerd-images"; console.log(ImagesClient);`,
  "filters.mjs": `import { compile, matches, parse } from "containerd-images/filters"; console.log(compile, matches, parse);`,
};

/** Writes the programs into a folder. */
export async function writePrograms(folder: string): Promise<void> {
  const files = { "report.mjs": PROGRAM, "main.mjs": MAIN, ...ALONE };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** Puts the built JavaScript and its dependencies into `node_modules` of a folder, without types: quicker than npm. */
export async function link(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "containerd-images"), { recursive: true });
  await run(process.execPath, ["scripts/bundle.mjs", join(modules, "containerd-images/dist")], root);
  await cp(join(root, "package.json"), join(modules, "containerd-images/package.json"));
  for (const name of ["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-node"]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
}
