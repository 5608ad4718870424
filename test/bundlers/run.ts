// `npm run test:bundlers [name ...]`: a program by each bundler, with the packed package, in a folder of its own.
import { install, packClone, scratch } from "../package/packed.js";
import { bundlers } from "./bundlers.js";
import { checkBundler } from "./check.js";
import { writePrograms } from "./project.js";

process.env["NEXT_TELEMETRY_DISABLED"] = "1";
const names = process.argv.slice(2);
const selected = bundlers.filter(({ name }) => names.length === 0 || names.some((given) => name.includes(given)));
if (selected.length === 0)
  throw new Error(`No bundler is named so. There are: ${bundlers.map(({ name }) => name).join(", ")}.`);

await using folder = await scratch("packed");
const tarball = await packClone(folder.path);
for (const bundler of selected) {
  await using project = await scratch("bundler");
  try {
    await install(project.path, tarball, bundler.packages);
    await writePrograms(project.path);
    console.log(bundler.name, "passed", JSON.stringify(await checkBundler(bundler, project.path)));
  } catch (error) {
    console.error(bundler.name, "failed:", error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
