import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bundled } from "../support/programs/bundled.js";

const script = fileURLToPath(new URL("plain-connect-node.ts", import.meta.url));

/** How plain connect-node 2.1.2 handles some of the faults. The list shows that the faults are real ones. */
const expected: Readonly<Record<string, "crash" | "hang" | "Canceled">> = {
  "says hello": "crash",
  "answers in HTTP/1.1": "crash",
  "is an SSH server": "crash",
  "says 64 bytes of 0xff": "crash",
  "sends SETTINGS on a stream": "crash",
  "sends a PING first": "crash",
  "sends GOAWAY first": "crash",
  "sends DATA first": "crash",
  "asks for an impossible window": "crash",
  "GOAWAY on a stream": "crash",
  "HEADERS on a stream that is not open": "crash",
  "WINDOW_UPDATE of 0 for the connection": "crash",
  "CONTINUATION without end": "crash",
  "RST_STREAM NO_ERROR before the headers": "hang",
  "length 1 GiB, held": "hang",
  "trailers of 70 KB": "hang",
  "DATA on stream 0": "hang",
  garbage: "hang",
  "no answer": "hang",
  "closes at once": "Canceled",
  "RST_STREAM CANCEL before the headers": "Canceled",
  "GOAWAY, then close": "Canceled",
  "close within the message": "Canceled",
  "drop before the headers": "Canceled",
};

describe("the same faults with connect-node alone", () => {
  it("crash it, hang it, or look like the caller's own abort", async () => {
    const actual = await endings(Object.keys(expected));
    const bad = new Set<string>(Object.values(expected));
    const survived = Object.entries(actual).filter(([, ending]) => !bad.has(ending));
    assert.deepEqual(survived, []);
    // Whether a fault crashes it or makes it hang can depend on how the bytes are split, so not every result has to be
    // as listed.
    const asListed = Object.entries(expected).filter(([name, ending]) => actual[name] === ending);
    assert.ok(asListed.length >= 0.75 * Object.keys(expected).length, JSON.stringify(actual));
  });

  it("end the process", async () => {
    const { status, stderr } = await run("says hello");
    assert.equal(status, 1);
    assert.match(stderr, /Protocol error/);
  });
});

/**
 * How each fault ends. Some abort the process in Node's native code, which no handler can catch; then the next fault
 * gets a new process.
 */
async function endings(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const lines: string[] = [];
  while (lines.length < names.length) {
    const { status, stdout } = await run("survive", ...names.slice(lines.length));
    lines.push(...stdout.split("\n").filter(Boolean));
    if (status !== 0) lines.push("crash");
  }
  return Object.fromEntries(names.map((name, index) => [name, lines[index] ?? ""]));
}

async function run(...args: readonly string[]) {
  return spawnSync(process.execPath, [await bundled(script), ...args], { encoding: "utf8", timeout: 120_000 });
}
