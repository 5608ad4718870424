import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ERRNOS } from "../../../src/transport/errno.js";
import { root } from "../../live/docs/snippets.js";

/** Texts of Node, of Deno, of the daemon, or whose parts are in different places. */
const NOT_IN_SOURCE = [
  "Client network socket disconnected before secure TLS connection was established",
  "unknown service containerd.services.images.v1.Images",
  "delete with ifTarget needs containerd 2.0 or newer",
  "sourceDateEpoch needs containerd 1.7 or newer",
  "it is closed",
  "no space left on device",
  "Requires net access to",
];

describe("docs/troubleshooting.md", () => {
  const page = readFileSync(join(root, "docs/troubleshooting.md"), "utf8");
  const source = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(join(root, "src", path), "utf8"))
    .join("\n");

  it("names every error of the system and of TLS that has a hint", () => {
    const missing = Object.keys(ERRNOS).filter((code) => !page.includes(code));
    assert.deepEqual(missing, []);
  });

  for (const text of textsOf(page)) {
    it(`quotes a text of this version: ${text}`, () => {
      for (const part of partsOf(text)) assert.ok(source.includes(part), `no source has ${JSON.stringify(part)}`);
    });
  }
});

/** The texts of the first column of each table. */
function textsOf(page: string): readonly string[] {
  const cells = [...page.matchAll(/^\| (`.*?) \| /gm)].map(([, cell = ""]) => cell);
  const texts = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
  return texts.filter((text) => !NOT_IN_SOURCE.includes(text));
}

/** What is the same in each message: an ellipsis stands for the rest, and an errno comes from Node, with its call. */
function partsOf(text: string): readonly string[] {
  return text
    .replace(/(?:connect|getaddrinfo) (?=E[A-Z]+$)/, "…")
    .replace(/^\(from (CONTAINERD_\w+)\)$/, "(from …$1")
    .split("…")
    .filter((part) => part.trim() !== "");
}
