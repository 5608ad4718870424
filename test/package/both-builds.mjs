// Runs in a project that has the package installed: what one of its two builds makes, the other one knows.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as root from "containerd-images";
import * as filters from "containerd-images/filters";
import * as raw from "containerd-images/raw";
import * as reference from "containerd-images/reference";
import * as testing from "containerd-images/testing";

const require = createRequire(import.meta.url);
const names = { root: ".", filters: "./filters", raw: "./raw", reference: "./reference", testing: "./testing" };
const modules = { root, filters, raw, reference, testing };
const commonJs = Object.fromEntries(
  Object.entries(names).map(([key, path]) => [key, require(`containerd-images${path.slice(1)}`)]),
);

assert.notEqual(commonJs.root.ImagesClient, root.ImagesClient, "there are two builds");
for (const [key, module] of Object.entries(modules)) {
  assert.deepEqual(Object.keys(commonJs[key]).sort(), Object.keys(module).sort(), key);
  for (const build of [module, commonJs[key]]) checkClassNames(build);
}
await checkPair(modules, commonJs);
await checkPair(commonJs, modules);
console.log("both builds work together");

function checkClassNames(module) {
  for (const [name, value] of Object.entries(module)) {
    const isClass = typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
    if (isClass) assert.equal(value.name, name);
  }
}

async function checkPair(one, other) {
  const service = new other.testing.InMemoryImages();
  const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
  service.seed([{ name: "app:1", target, labels: { env: "dev", old: "yes" } }]);
  const images = new one.root.ImagesClient({ namespace: "default", transport: service.transport });
  await checkFilters(images, one, other);
  await images.update("app:1", { labels: other.root.replaceAll({ env: "prod" }) });
  assert.deepEqual((await images.get("app:1")).labels, { env: "prod" });
  assert.equal((await images.raw.get({ name: "app:1" })).image?.name, "app:1");
  await checkErrors(images, one, other);
  await images.close();
}

async function checkFilters(images, one, other) {
  const foreign = other.root.field.label("env").equals("dev");
  const joined = one.root.allOf(foreign, other.filters.parse("name~=app")).or(other.root.field.name.equals("b"));
  for (const filter of [foreign, joined]) {
    const [image, ...more] = await images.list(filter);
    assert.deepEqual([image.name, more], ["app:1", []]);
    assert.equal(one.root.matches(filter, image), true);
    assert.deepEqual(one.filters.compile(filter), other.filters.compile(filter));
  }
}

async function checkErrors(images, one, other) {
  const missing = await images.get("app:2").catch((error) => error);
  assert.ok(other.root.isNotFound(missing) && other.root.isImagesError(missing));
  const wrong = await images.get("").catch((error) => error);
  assert.ok(other.root.isValidationError(wrong));
  assert.throws(() => one.filters.parse("name=="), other.root.isFilterSyntaxError);
}
