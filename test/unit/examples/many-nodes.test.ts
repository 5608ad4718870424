import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { nodeArgs } from "../../support/programs/bundled.js";

const NAME = "docker.io/library/app:1";
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const target = (digit: string) => ({
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: digest(digit),
  size: 1,
});
const HANGING = { delayMs: 2 ** 30 };
const ALWAYS = { times: Number.POSITIVE_INFINITY };

/** What a node is like, and what the program has to say about it. */
type Kind = "well" | "slow" | "other" | "absent" | "erroring" | "hanging" | "down";
const KINDS: Readonly<Record<Kind, { readonly count: number; readonly outcome: RegExp }>> = {
  well: { count: 750, outcome: /^sha256:a{64}$/ },
  slow: { count: 100, outcome: /^sha256:a{64}$/ },
  other: { count: 20, outcome: /^sha256:b{64}$/ },
  absent: { count: 30, outcome: /^absent$/ },
  erroring: { count: 40, outcome: /^unknown: .*failNext: internal/ },
  hanging: { count: 20, outcome: /^unknown: .*no answer within 3000 ms/ },
  down: { count: 40, outcome: /^unknown: .*ENOENT/ },
};

interface Node {
  readonly kind: Kind;
  readonly address: string;
  readonly service: InMemoryImages;
}

describe("many-nodes, on a thousand servers in one process", { timeout: 120_000 }, () => {
  let folder: string;
  let nodes: readonly Node[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "nodes-"));
    nodes = await Promise.all(kindsInTurn().map((kind, index) => startNode(kind, join(folder, `${index}.sock`))));
  });
  after(async () => {
    await Promise.all(nodes.map(({ service }) => service.close()));
    rmSync(folder, { recursive: true });
  });

  const letAllHang = () => {
    for (const { service } of nodes) {
      service.recover();
      service.failNext("*", HANGING, ALWAYS);
    }
  };

  it("gives each node its outcome, with few connections at a time", async () => {
    const { code, lines, summary, errors, elapsedMs } = await compare(nodes, { AT_A_TIME: "40", NODE_TIMEOUT_S: "3" });
    assert.equal(errors, "");
    assert.equal(code, 1);
    assert.equal(lines.size, 1_000);
    for (const { kind, address } of nodes) assert.match(lines.get(address) ?? "no outcome", KINDS[kind].outcome);
    assert.deepEqual(
      summary.split(", ").sort(),
      ["100 unknown", `20 ${digest("b")}`, "30 absent", `850 ${digest("a")}`].sort(),
    );
    assert.ok(elapsedMs < 60_000, `${elapsedMs} ms: one after another they take 110 s`);
  });

  it("is content when all nodes have the same", async () => {
    const same = nodes.filter(({ kind }) => kind === "well" || kind === "slow");
    const { code, summary } = await compare(same);
    assert.deepEqual([code, summary], [0, `850 ${digest("a")}`]);
  });

  it("ends at the deadline of all nodes, with an outcome for those that were not asked, too", async () => {
    letAllHang();
    const hanging = nodes.filter(({ kind }) => kind !== "down");
    const asked = new Map(hanging.map(({ service }) => [service, service.calls.length]));
    const { code, lines, summary, errors, elapsedMs } = await compare(hanging, {
      AT_A_TIME: "40",
      NODE_TIMEOUT_S: "600",
      DEADLINE_S: "3",
    });
    assert.equal(errors, "");
    assert.equal(code, 1);
    assert.equal(summary, `${hanging.length} unknown (the deadline passed)`);
    assert.equal(lines.size, hanging.length);
    for (const state of lines.values()) assert.match(state, /^unknown: .*the signal's timeout passed/);
    assert.equal([...asked].filter(([{ calls }, before]) => calls.length > before).length, 40);
    assert.ok(elapsedMs < 30_000, `${elapsedMs} ms`);
  });

  it("could give one signal to a thousand calls at a time: Node warns of no leak", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on("warning", warned);
    const abort = new AbortController();
    const { signal } = abort;
    letAllHang();
    const clients = nodes.map(({ address }) => new ImagesClient({ namespace: "default", address }));
    const calls = clients.map((client) => client.find(NAME, { signal, timeoutMs: 600_000 }).catch(({ code }) => code));
    await new Promise(setImmediate);
    abort.abort();
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["canceled"]));
    await Promise.all(clients.map((client) => client.close()));
    process.off("warning", warned);
    assert.deepEqual(warnings, []);
  });
});

/** The kind of each node, mixed, so that those that take long do not stand together. */
function kindsInTurn(): readonly Kind[] {
  const kinds = (Object.keys(KINDS) as Kind[]).flatMap((kind) => Array<Kind>(KINDS[kind].count).fill(kind));
  return kinds.map((_, index) => kinds[(index * 373) % kinds.length] ?? "well"); // 373 and 1,000 have no common divisor
}

async function startNode(kind: Kind, path: string): Promise<Node> {
  const service = new InMemoryImages();
  const node = { kind, address: `unix://${path}`, service };
  if (kind === "down") return node;
  if (kind !== "absent") service.seed([{ name: NAME, target: target(kind === "other" ? "b" : "a") }]);
  if (kind === "slow") service.failNext("get", { delayMs: 100 }, ALWAYS);
  if (kind === "erroring") service.failNext("get", "internal", ALWAYS);
  if (kind === "hanging") service.failNext("get", HANGING, ALWAYS);
  await service.listen(node.address);
  return node;
}

/** Runs the program on these nodes. It may open fewer files, and so connections, than there are nodes. */
async function compare(nodes: readonly Node[], env: Readonly<Record<string, string>> = {}) {
  const startedAtMs = performance.now();
  const args = [
    "-c",
    'ulimit -n 256 && exec "$0" "$@"',
    process.execPath,
    ...(await nodeArgs("examples/many-nodes.ts")),
  ];
  const child = spawn("sh", args, {
    env: { ...process.env, IMAGE: "app:1", NODES: nodes.map(({ address }) => address).join("\n"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  const printed = output.trim().split("\n");
  const summary = printed.pop() ?? "";
  const lines = new Map(printed.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
  return { code: child.exitCode, lines, summary, errors, elapsedMs: performance.now() - startedAtMs };
}
