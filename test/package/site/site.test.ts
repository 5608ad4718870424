import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brokenLinks, foreignRequests, readSite, type Site } from "./site.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the reference site", () => {
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  let site: Site;
  const pageOf = (path: string) => site.pages.get(path)?.html ?? assert.fail(`there is no ${path}`);

  before(async () => {
    // Its warnings are failures: among others, public names without documentation, and links to names that do not
    // exist.
    // Types are checked elsewhere, which takes a third of its time.
    const args = ["node_modules/typedoc/bin/typedoc", "--skipErrorChecking", "--out", folder];
    await promisify(execFile)(process.execPath, args, { cwd: root });
    site = readSite(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("begins with the README, under one title", () => {
    assert.deepEqual(
      pageOf("index.html")
        .match(/<h1[^>]*>.*?<\/h1>/g)
        ?.map(textOf),
      ["containerd-images"],
    );
  });

  it("calls the modules as they are imported", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const modules = Object.keys(exports).filter((path) => path !== "./package.json");
    const imports = modules.map((path) => path.replace(".", "containerd-images")).sort();
    assert.deepEqual(site.menu.slice(-imports.length), imports);
  });

  it("shows every guide by its title, those for users first and the figures last", () => {
    const guides = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"));
    const missing = guides.filter((file) => !site.menu.includes(titleOf(`docs/${file}`)));
    assert.deepEqual(missing, [], "typedoc.json names the guides in reading order");
    const titles = site.menu.filter((text) => !text.startsWith("containerd-images"));
    assert.deepEqual(titles.slice(0, 2), ["Connecting", "The methods"]);
    assert.deepEqual(titles.slice(-4), ["Architecture", "Benchmark", titleOf("bench/README.md"), "Chaos"]);
  });

  it("groups the methods of the client by what they are for", () => {
    const html = pageOf("classes/containerd-images.ImagesClient.html");
    const headings = html.matchAll(/<details class="tsd-panel-group[^>]*><summary[^>]* data-key="section-([^"]*)"/g);
    assert.deepEqual(
      Array.from(headings, ([, group]) => group),
      [
        "Constructors",
        "Records",
        "Many records",
        "Watching",
        "Derived clients",
        "Diagnosis",
        "Life cycle",
        "Generated client",
      ],
    );
  });

  it("shows no key that only this package reads", () => {
    assert.doesNotMatch(pageOf("interfaces/containerd-images.Filter.html"), /\[tree\]/);
  });

  it("colours every example", () => {
    const plain = [...site.pages.values()].flatMap(({ path, html }) => {
      const examples = html.match(/<pre><code class="(?:js|ts|sh)">.*?<\/code>/gs) ?? [];
      return examples.filter((example) => !example.includes('class="hl-')).map((example) => `${path}: ${example}`);
    });
    assert.deepEqual(plain, []);
  });

  it("has no link that leads nowhere", () => {
    assert.deepEqual(brokenLinks(site), []);
  });

  it("links names in the README and the guides to their pages", () => {
    const name = (path: string, text: string) => new RegExp(`<a href="[^"]*${path}"[^>]*><code>${text}</code></a>`);
    assert.match(
      pageOf("index.html"),
      name("functions/containerd-images_reference.canonicalName.html", "canonicalName"),
    );
    assert.match(pageOf("documents/Filters.html"), name("functions/containerd-images.compile.html", "compile"));
    assert.match(pageOf("documents/Watching.html"), name("classes/containerd-images.ImagesClient.html#watch", "watch"));
  });

  it("asks no other host for anything", () => {
    assert.deepEqual(foreignRequests(site), []);
  });
});

describe("the check of the reference site", () => {
  const page = (html: string) => ({ path: "guides/a.html", html, ids: new Set(["top"]) });
  const siteOf = (html: string) => ({
    files: new Set(["guides/a.html"]),
    pages: new Map([["guides/a.html", page(html)]]),
    menu: [],
  });

  it("finds links to files and to elements that are not there", () => {
    const html =
      '<a href="#top"> <a href="a.html#end"> <a href="../b.html"> <a href="https://example.com"> <a href="#">';
    assert.deepEqual(brokenLinks(siteOf(html)), ["guides/a.html: a.html#end", "guides/a.html: ../b.html"]);
  });

  it("finds what is loaded from elsewhere, and allows links to it", () => {
    const script = '<script async src="//example.com/a.js">';
    assert.deepEqual(foreignRequests(siteOf(`<a href="https://example.com">${script}`)), [script]);
  });
});

function titleOf(file: string): string {
  return /^# (.+)$/m.exec(readFileSync(join(root, file), "utf8"))?.[1] ?? assert.fail(`${file} has no title`);
}

function textOf(html: string): string {
  return html.replaceAll(/<[^>]*>/g, "").trim();
}
