import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { inflateSync } from "node:zlib";

/** A page of the reference site, or a picture whose parts the pages show. */
export interface Page {
  /** Its path in the site, for example `classes/containerd-images.ImagesClient.html`. */
  readonly path: string;
  readonly html: string;
  /** Where a link can lead to: the ids of its elements. */
  readonly ids: ReadonlySet<string>;
}

/** The reference site as typedoc wrote it into a folder. */
export interface Site {
  readonly files: ReadonlySet<string>;
  readonly pages: ReadonlyMap<string, Page>;
  /** The menu, from top to bottom, without what can be unfolded. */
  readonly menu: readonly string[];
}

export function readSite(folder: string): Site {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const pages = files.filter((file) => /\.(?:html|svg)$/.test(file)).map((path) => readPage(folder, path));
  return {
    files: new Set(files),
    pages: new Map(pages.map((page) => [page.path, page])),
    menu: readMenu(readFileSync(join(folder, "assets/navigation.js"), "utf8")),
  };
}

/** The links that lead nowhere: to no file, or to no element of a page. */
export function brokenLinks(site: Site): readonly string[] {
  return [...site.pages.values()].flatMap((page) =>
    attributes(page, "href|src")
      .filter((url) => !isElsewhere(url) && !leadsSomewhere(site, page, url))
      .map((url) => `${page.path}: ${url}`),
  );
}

/** What a browser would ask of other hosts to show the pages. */
export function foreignRequests(site: Site): readonly string[] {
  return [...site.pages.values()].flatMap((page) => {
    const loaded = page.html.match(/<(?:link|script|img|iframe|source|video)\b[^>]*>/g) ?? [];
    return loaded.filter((element) => /(?:href|src|srcset)="(?:https?:)?\/\//.test(element));
  });
}

function readPage(folder: string, path: string): Page {
  const html = readFileSync(join(folder, path), "utf8");
  return { path, html, ids: new Set(matches(html, /\sid="([^"]*)"/g)) };
}

// A call of deflate and base64, because the browser loads it as a script.
function readMenu(script: string): readonly string[] {
  const [packed = ""] = matches(script, /"([^"]*)"/g);
  const entries: readonly { readonly text: string }[] = JSON.parse(
    inflateSync(Buffer.from(packed, "base64")).toString(),
  );
  return entries.map(({ text }) => text);
}

function attributes({ html }: Page, names: string): readonly string[] {
  return matches(html, new RegExp(`\\s(?:${names})="([^"]*)"`, "g")).map((url) => url.replaceAll("&amp;", "&"));
}

function isElsewhere(url: string): boolean {
  return /^(?:[a-z]+:|\/\/)/.test(url);
}

function leadsSomewhere({ files, pages }: Site, from: Page, url: string): boolean {
  const [path = "", anchor] = url.split("#").map(decodeURIComponent);
  const target = path === "" ? from.path : posix.join(posix.dirname(from.path), path);
  return files.has(target) && (!anchor || pages.get(target)?.ids.has(anchor) === true);
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, first = ""]) => first);
}
