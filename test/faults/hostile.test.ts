import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bytesField, stringField } from "../support/encoded-fields.js";
import { bundled } from "../support/programs/bundled.js";
import { Peer } from "./peer.js";
import type { Strain } from "./strain.js";

const run = promisify(execFile);
const script = fileURLToPath(new URL("hostile-client.ts", import.meta.url));

const MIB = 1 << 20;
const MEMORY_BYTES = 64 * MIB;
// node:http2 hands over in one turn what it has read at once: 64 KiB, which are 6,500 frames of one byte. That alone
// takes 70 to 120 ms, and 258 ms beside six busy loops on two cores. Without a pause, Node would read 2 MiB.
const TURN_MS = 400;
// What the library itself asks for, it reads at once.
const OWN_READ_TURN_MS = 5_000;
const INTERNAL_ERROR = 2;
const LATE_MS = 250;
// The heap of a process before it has done anything, and room for garbage.
const HEAP_BASE_MIB = 48;

interface Scene {
  readonly name: string;
  readonly call: "get" | "list" | "count" | "delete" | `${"get" | "create" | "update"} of a client`;
  readonly message: () => Buffer;
  /** Whether the first request is lost, so that the library reads the record back. */
  readonly isLost?: boolean;
  readonly turnMs?: number;
  readonly frameBytes?: number;
  readonly timeoutMs?: number;
  readonly ending: string;
}

const EXCESSIVE = "resource_exhausted malformed answered";
const MALFORMED = "internal malformed answered";
const EXPIRED = "deadline_exceeded ended no-answer";

function repeated(sizeBytes: number, ...pattern: readonly Uint8Array[]): Buffer {
  return Buffer.alloc(sizeBytes).fill(Buffer.concat(pattern));
}

function entry(field: number, key: string, value: string): Buffer {
  return bytesField(field, stringField(1, key), stringField(2, value));
}

/** A record of so many labels, each with a key of its own. */
function labels(count: number, field = 2): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, n) => entry(field, n.toString(36), "")));
}

const scenes: readonly Scene[] = [
  {
    name: "a list of empty records",
    call: "list",
    message: () => repeated(60 * MIB, bytesField(1)),
    ending: EXCESSIVE,
  },
  {
    name: "a list of records with one label each, all of them different",
    call: "list",
    message: () => Buffer.concat(Array.from({ length: 200_000 }, (_, n) => bytesField(1, entry(2, `${n}`, "")))),
    ending: EXCESSIVE,
  },
  { name: "empty records, counted", call: "count", message: () => repeated(16 * MIB, bytesField(1)), ending: "ok" },
  {
    name: "a list in frames of one byte",
    call: "list",
    message: () => repeated(16 * MIB, bytesField(1, stringField(1, "x".repeat(100)))),
    frameBytes: 1,
    ending: MALFORMED,
  },
  {
    name: "a record in frames of one byte",
    call: "get",
    message: () => bytesField(1, stringField(1, "x".repeat(16 * MIB))),
    frameBytes: 1,
    ending: MALFORMED,
  },
  {
    name: "a list that goes on after the deadline",
    call: "list",
    message: () => repeated(60 * MIB, bytesField(1, stringField(1, "x".repeat(1_000)))),
    frameBytes: 100,
    timeoutMs: 1_000,
    ending: EXPIRED,
  },
  { name: "a record of 200,000 labels", call: "get", message: () => bytesField(1, labels(200_000)), ending: "ok" },
  {
    name: "a record of 200,000 labels in a list",
    call: "list",
    message: () => bytesField(1, labels(200_000)),
    ending: "ok",
  },
  {
    name: "a record of 200,000 annotations",
    call: "get",
    message: () => bytesField(1, bytesField(3, labels(200_000, 5))),
    ending: "ok",
  },
  {
    name: "a record of 600,000 labels",
    call: "get",
    message: () => bytesField(1, labels(600_000)),
    ending: EXCESSIVE,
  },
  {
    name: "a record that repeats its name",
    call: "get",
    message: () => bytesField(1, repeated(30 * MIB, stringField(1, "a"))),
    ending: "ok",
  },
  {
    name: "a record in millions of parts",
    call: "get of a client",
    message: () => repeated(16 * MIB, bytesField(1)),
    ending: "ok",
  },
  {
    name: "a record in millions of parts, before an update",
    call: "update of a client",
    message: () => repeated(16 * MIB, bytesField(1)),
    turnMs: OWN_READ_TURN_MS,
    ending: "unimplemented",
  },
  {
    name: "a record in millions of parts, after a lost create",
    call: "create of a client",
    message: () => repeated(16 * MIB, bytesField(1)),
    isLost: true,
    turnMs: OWN_READ_TURN_MS,
    ending: "internal broken no-answer",
  },
  {
    name: "a timestamp in millions of parts, after a lost create",
    call: "create of a client",
    message: () => bytesField(1, repeated(16 * MIB, bytesField(7))),
    isLost: true,
    turnMs: OWN_READ_TURN_MS,
    ending: "internal broken no-answer",
  },
  {
    name: "a label that repeats its key",
    call: "get",
    message: () => bytesField(1, bytesField(2, repeated(30 * MIB, stringField(1, "a")))),
    ending: MALFORMED,
  },
  {
    name: "an answer to delete that is full of fields",
    call: "delete",
    message: () => repeated(30 * MIB, Buffer.of(0x08, 0)),
    ending: "ok",
  },
  {
    name: "a group that goes on for megabytes",
    call: "delete",
    message: () => Buffer.concat([Buffer.of(0x7b), repeated(30 * MIB, Buffer.of(0x08, 0))]),
    ending: MALFORMED,
  },
];

describe("responses made to strain the client", () => {
  for (const scene of scenes) {
    it(scene.name, async () => {
      const message = scene.message();
      const { ending, longestTurnMs, lateMs, mostBytes, keptBytes } = await strainOf(scene, message);
      assert.equal(ending, scene.ending);
      const { turnMs = TURN_MS } = scene;
      assert.ok(longestTurnMs <= turnMs, `the event loop was held for ${longestTurnMs} ms`);
      assert.ok(lateMs <= LATE_MS, `the call settled ${lateMs} ms late`);
      assert.ok(mostBytes <= 2 * MEMORY_BYTES + message.length, `${mostBytes} bytes with garbage`);
      assert.ok(keptBytes <= MEMORY_BYTES + message.length, `${keptBytes} bytes`);
    });
  }
});

/** The cost of a scene for a process whose heap has only the allowed size. */
async function strainOf({ call, isLost, frameBytes, timeoutMs = 60_000 }: Scene, message: Buffer): Promise<Strain> {
  using peer = await Peer.start({
    answer: (stream, count) =>
      isLost && count === 1 ? stream.reset(INTERNAL_ERROR) : void stream.flood(message, frameBytes),
  });
  const heapMib = Math.ceil((MEMORY_BYTES + message.length) / MIB) + HEAP_BASE_MIB;
  const flags = ["--expose-gc", `--max-old-space-size=${heapMib}`, await bundled(script)];
  const { stdout } = await run(process.execPath, [...flags, peer.path, call, `${timeoutMs}`]);
  return JSON.parse(stdout);
}
