import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { browserBundles } from "../../test/support/daemon/bundles.js";
import { fetchBundle } from "../../test/support/daemon/fetch.js";
import { libraryFolders } from "../../test/support/daemon/library-folders.js";

/** What Chromium reports by itself, for example `Page.loadEventFired`. */
export interface ChromiumEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Message = { readonly id: number; readonly result?: object; readonly error?: { message: string } } | ChromiumEvent;
type Settle = (message: Exclude<Message, ChromiumEvent>) => void;

/** Chromium with one tab, spoken to in its DevTools protocol over a pipe. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #input: Writable;
  readonly #dir: string;
  readonly #pending = new Map<number, Settle>();
  #session: string | undefined;
  #lastId = 0;
  /** Called for each event of the tab. */
  onEvent: (event: ChromiumEvent) => void = () => {};

  private constructor(process: ChildProcess, dir: string) {
    this.#process = process;
    this.#dir = dir;
    this.#input = process.stdio[3] as Writable; // pipes, as `launch` asks for
    readMessages(process.stdio[4] as Readable, (message) => this.#receive(message));
  }

  /** Starts it; fetches it first if the cache lacks it. */
  static async start(): Promise<Chromium> {
    const dir = mkdtempSync(join(tmpdir(), "chromium-"));
    const chromium = new Chromium(await launch(dir), dir);
    const { targetId } = await chromium.send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const attach = { targetId, flatten: true };
    const { sessionId } = await chromium.send<{ sessionId: string }>("Target.attachToTarget", attach);
    chromium.#session = sessionId;
    return chromium;
  }

  /** Sends a command, to the tab as soon as there is one. */
  send<T extends object>(method: string, params: object = {}): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    const message = { id, method, params, sessionId: this.#session };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, ({ result = {}, error }) => {
        if (error !== undefined) reject(new Error(`${method}: ${error.message}`));
        else resolve(result as T); // as the protocol documents it
      });
      this.#input.write(`${JSON.stringify(message)}\0`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #receive(message: Message): void {
    if ("id" in message) {
      this.#pending.get(message.id)?.(message);
      this.#pending.delete(message.id);
    } else this.onEvent(message);
  }
}

async function launch(dir: string): Promise<ChildProcess> {
  const bundle = await fetchBundle("chromium");
  const libraries = await libraryFolders(bundle);
  const options = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--user-data-dir=${dir}`];
  return spawn(join(bundle, browserBundles.chromium.binary), ["--remote-debugging-pipe", ...options], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: [...libraries, ...libraries.map((folder) => join(folder, "pulseaudio"))].join(":"),
      FONTCONFIG_FILE: writeFontConfig(dir, join(bundle, "usr/share/fonts")),
    },
  });
}

function writeFontConfig(dir: string, fonts: string): string {
  const file = join(dir, "fonts.conf");
  const alias = (family: string, font: string) =>
    `<alias><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  const content = [
    `<dir>${fonts}</dir><cachedir>${dir}</cachedir>`,
    alias("sans-serif", "DejaVu Sans"),
    alias("monospace", "DejaVu Sans Mono"),
  ];
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${content.join("")}</fontconfig>`);
  return file;
}

/** Each message ends with a zero byte. */
function readMessages(output: Readable, onMessage: (message: Message) => void): void {
  let rest = "";
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) onMessage(JSON.parse(part));
  });
}
