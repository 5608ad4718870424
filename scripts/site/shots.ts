import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Chromium, type ChromiumEvent } from "./chromium.js";
import { serve } from "./serve.js";

// npm run docs:shots
//
// Opens every page of the reference site in a real browser, as wide as a desktop and as a phone. It fails if a page is
// wider than the screen, throws, or asks for something that is not there. Pictures of some pages are in docs/shots/.

const WIDTHS = { desktop: 1280, phone: 390 };
const SCREEN_HEIGHT = 900;
const MAX_HEIGHT = 4_000;

/** What pictures are taken of: one page of each kind, those with the widest tables, and the open menu. */
const SHOWN = [
  "index.html",
  "modules.html",
  "modules/containerd-images.html",
  "modules/containerd-images_filters.html",
  "classes/containerd-images.ImagesClient.html",
  "interfaces/containerd-images.ImagesClientOptions.html",
  "interfaces/containerd-images.Filter.html",
  "documents/On_Docker_and_Kubernetes_nodes.html",
  "documents/Errors_and_retry.html",
  "documents/Architecture.html",
  "documents/Benchmark.html",
];

const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const shots = join(docs, "shots");

await using site = await serve(join(docs, "api"));
await using chromium = await Chromium.start();
for (const domain of ["Page", "Network", "Runtime"]) await chromium.send(`${domain}.enable`);
rmSync(shots, { recursive: true, force: true });
mkdirSync(shots);

const problems: string[] = [];
for (const [device, width] of Object.entries(WIDTHS)) {
  const screen = { width, height: SCREEN_HEIGHT, deviceScaleFactor: 1, mobile: device === "phone" };
  await chromium.send("Emulation.setDeviceMetricsOverride", screen);
  for (const page of pages()) problems.push(...(await visit(page, device, width)));
}
await takeMenu();
for (const problem of problems) console.error(problem);
console.log(`${pages().length} pages, ${problems.length} problems; pictures of ${SHOWN.length} are in docs/shots.`);
if (problems.length > 0) process.exitCode = 1;

function pages(): readonly string[] {
  const files = readdirSync(join(docs, "api"), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".html")).sort();
}

async function visit(page: string, device: string, width: number): Promise<readonly string[]> {
  const found = await open(page);
  const contentWidth = await evaluate<number>("document.documentElement.scrollWidth");
  if (contentWidth > width) found.push(`is ${contentWidth} pixels wide`);
  if (SHOWN.includes(page))
    await take(`${page.replace(/\.html$/, "").replaceAll("/", "-")}-${device}`, width, MAX_HEIGHT);
  return found.map((problem) => `${page} (${device}): ${problem}`);
}

/** Loads a page with its menu, and collects what goes wrong. */
async function open(page: string): Promise<string[]> {
  const found: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    chromium.onEvent = (event) => {
      if (event.method === "Page.loadEventFired") resolve();
      const problem = problemOf(event);
      if (problem !== undefined) found.push(problem);
    };
  });
  await chromium.send("Page.navigate", { url: `${site.url}/${page}` });
  await loaded;
  await evaluate(`(async () => {
    while (!document.querySelector("#tsd-nav-container a")) await new Promise(requestAnimationFrame);
  })()`);
  return found;
}

function problemOf({ method, params }: ChromiumEvent): string | undefined {
  const { request, response, exceptionDetails } = params as {
    // as the protocol documents the three events
    request?: { url: string };
    response?: { url: string; status: number };
    exceptionDetails?: { exception?: { description?: string } };
  };
  if (method === "Runtime.exceptionThrown") return `throws ${exceptionDetails?.exception?.description}`;
  if (method === "Network.requestWillBeSent" && !isOwn(request?.url)) return `asks for ${request?.url}`;
  if (method === "Network.responseReceived" && response?.status === 404) return `misses ${response.url}`;
  return undefined;
}

function isOwn(url = ""): boolean {
  return url.startsWith(site.url) || url.startsWith("data:");
}

/** The menu of a phone, which slides over the page. */
async function takeMenu(): Promise<void> {
  await open("index.html");
  await evaluate(`(async () => {
    document.querySelector("#tsd-toolbar-menu-trigger").dispatchEvent(new MouseEvent("mouseup"));
    await new Promise(requestAnimationFrame);
    await Promise.all(document.getAnimations().map(({ finished }) => finished));
  })()`);
  await take("menu-phone", WIDTHS.phone, SCREEN_HEIGHT);
}

async function take(name: string, width: number, maxHeight: number): Promise<void> {
  const height = Math.min(await evaluate<number>("document.documentElement.scrollHeight"), maxHeight);
  const clip = { x: 0, y: 0, width, height, scale: 1 };
  const options = { format: "png", captureBeyondViewport: maxHeight > SCREEN_HEIGHT, clip };
  const { data } = await chromium.send<{ data: string }>("Page.captureScreenshot", options);
  writeFileSync(join(shots, `${name}.png`), Buffer.from(data, "base64"));
}

async function evaluate<T>(expression: string): Promise<T> {
  const options = { expression, awaitPromise: true, returnByValue: true };
  const { result } = await chromium.send<{ result: { value: T } }>("Runtime.evaluate", options);
  return result.value;
}
