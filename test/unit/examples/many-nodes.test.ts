import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { eventually } from "../../support/eventually.js";
import { isLong } from "../../support/is-long.js";
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
/** For nodes that hang until the program is told to end. */
const UNHURRIED = { NODE_TIMEOUT_S: "600", DEADLINE_S: "600" };
const FULL = "/dev/full";
const noFullDevice = { skip: !existsSync(FULL) && `there is no ${FULL}` };

/** What a node is like, and what the program has to say about it. */
type Kind = "well" | "slow" | "other" | "absent" | "erroring" | "hanging" | "down" | "mistyped";
const KINDS: Readonly<Record<Kind, { readonly count: number; readonly outcome: RegExp }>> = {
  well: { count: isLong ? 750 : 150, outcome: /^sha256:a{64}$/ },
  slow: { count: 100, outcome: /^sha256:a{64}$/ },
  other: { count: 20, outcome: /^sha256:b{64}$/ },
  absent: { count: 30, outcome: /^absent$/ },
  erroring: { count: 40, outcome: /^unknown: .*failNext: internal/ },
  hanging: { count: 20, outcome: /^unknown: .*canceled by the caller/ },
  down: { count: 39, outcome: /^unknown: .*ENOENT.* \(there is no such socket: / },
  mistyped: { count: 1, outcome: /^unknown: .*must be an absolute socket path/ },
};

interface Node {
  readonly kind: Kind;
  readonly address: string;
  readonly service: InMemoryImages;
}

const TIMEOUT_MS = isLong ? 900_000 : 240_000;

describe("many-nodes, on hundreds of servers in one process", { timeout: TIMEOUT_MS }, () => {
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

  it("gives each node its outcome, with few connections at a time, while some hang until SIGTERM", async () => {
    const others = nodes.filter(({ kind }) => kind !== "hanging");
    const env = { ...UNHURRIED, AT_A_TIME: "100" };
    const { code, lines, summary, errors } = await compare([...nodes, ...nodes.slice(0, 50)], env, async (child) => {
      await printedLines(child, others.length);
      child.kill("SIGTERM");
    });
    assert.equal(errors, "");
    assert.equal(code, 2);
    assert.equal(lines.length, nodes.length);
    const outcomes = new Map(lines);
    for (const { kind, address } of nodes) assert.match(outcomes.get(address) ?? "no outcome", KINDS[kind].outcome);
    assert.deepEqual(
      summary.split(", ").sort(),
      ["100 unknown", `20 ${digest("b")}`, "30 absent", `${nodes.length - 150} ${digest("a")}`].sort(),
    );
  });

  it("gives up a node that does not answer in its time", async () => {
    const hanging = nodes.filter(({ kind }) => kind === "hanging");
    const { code, lines, summary } = await compare(hanging, { NODE_TIMEOUT_S: "0.5" });
    assert.deepEqual([code, lines.length, summary], [2, hanging.length, `${hanging.length} unknown`]);
    for (const [, outcome] of lines) assert.match(outcome, /^unknown: .*no answer within 500 ms/);
  });

  it("says in one line that it cannot read a certificate, before it asks a node", async () => {
    const well = nodes.find(({ kind }) => kind === "well") ?? assert.fail();
    const secure = { ...well, address: "https://127.0.0.1:1" };
    const asked = countAsked([well]);
    const { code, lines, summary, errors } = await compare([well, secure], { CONTAINERD_TLS_CA: "/no/such/ca.pem" });
    assert.deepEqual([code, lines, summary], [2, [], ""]);
    assert.match(errors, /^CONTAINERD_TLS_CA: ENOENT: [^\n]*'\/no\/such\/ca.pem'\n$/);
    assert.equal(asked(), 0);
  });

  it("says with its exit code whether all have the same, or an outcome is unknown", async () => {
    const oneOf = (kind: Kind) => nodes.find((node) => node.kind === kind) ?? assert.fail();
    const codeFor = async (...kinds: readonly Kind[]) => (await compare(kinds.map(oneOf))).code;
    assert.deepEqual(
      await Promise.all([
        codeFor("well", "slow"),
        codeFor("well", "other"),
        codeFor("well", "absent"),
        codeFor("other", "mistyped"),
      ]),
      [0, 1, 1, 2],
    );
  });

  it("does not say that they differ if it is started in a wrong way", async () => {
    const { code, errors } = await compare(nodes.slice(0, 1), { AT_A_TIME: "0" });
    assert.equal(code, 2);
    assert.match(errors, /AT_A_TIME must be a number above 0/);
  });

  it("does not say that they differ if it cannot print", noFullDevice, async () => {
    const well = nodes.filter(({ kind }) => kind === "well").slice(0, 2); // of a single line, Node ignores the failure
    const { code, errors } = await compare(well, {}, undefined, `>${FULL}`);
    assert.equal(code, 2);
    assert.match(errors, /ENOSPC/);
  });

  it("ends at the deadline of all nodes, with an outcome for those that were not asked, too", async () => {
    const hanging = letHang(nodes);
    const asked = countAsked(hanging);
    const { code, lines, summary, errors, elapsedMs } = await compare(hanging, {
      AT_A_TIME: "40",
      NODE_TIMEOUT_S: "600",
      DEADLINE_S: "2",
    });
    assert.equal(errors, "");
    assert.equal(code, 2);
    assert.equal(summary, `${hanging.length} unknown (the deadline passed)`);
    assert.equal(lines.length, hanging.length);
    for (const [, outcome] of lines) assert.match(outcome, /^unknown: .*the signal's timeout passed/);
    assert.ok(asked() <= 40, `${asked()} were asked`);
    assert.ok(elapsedMs < 30_000, `${elapsedMs} ms`);
  });

  it("gives the nodes that are left an outcome after SIGTERM", async () => {
    const hanging = letHang(nodes).slice(0, 100);
    const asked = countAsked(hanging);
    const { code, lines, summary } = await compare(hanging, { ...UNHURRIED, AT_A_TIME: "40" }, async (child) => {
      await eventually(async () => assert.equal(asked(), 40));
      child.kill("SIGTERM");
    });
    assert.equal(asked(), 40);
    assert.deepEqual([code, lines.length, summary], [2, 100, "100 unknown"]);
    for (const [, outcome] of lines) assert.match(outcome, /^unknown: .*canceled by the caller/);
  });

  it("gives each node an outcome when it asks more at a time than it may open files, and after Ctrl-C", async () => {
    const hanging = letHang(nodes).slice(0, 300);
    const env = { ...UNHURRIED, AT_A_TIME: "300" };
    const { code, lines, errors } = await compare(hanging, env, async (child) => {
      await once(child.stdout ?? assert.fail(), "data"); // the first that fail; the others hang
      child.kill("SIGINT");
    });
    assert.deepEqual([code, lines.length, errors], [2, 300, ""]);
    assert.match(lines[0]?.[1] ?? "", /^unknown: .*EMFILE/);
    for (const [, outcome] of lines) assert.match(outcome, /^unknown: .*(EMFILE|canceled by the caller)/);
  });

  it("could give one signal to all calls at a time: Node warns of no leak", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on("warning", warned);
    const abort = new AbortController();
    const { signal } = abort;
    const clients = letHang(nodes).map(({ address }) => new ImagesClient({ namespace: "default", address }));
    const calls = clients.map((client) => client.find(NAME, { signal, timeoutMs: 600_000 }).catch(({ code }) => code));
    await new Promise(setImmediate);
    abort.abort();
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["canceled"]));
    await Promise.all(clients.map((client) => client.close()));
    process.off("warning", warned);
    assert.deepEqual(warnings, []);
  });

  if (isLong) {
    it("takes at most the time that its settings allow when 300 nodes are silent", async () => {
      for (const { service } of nodes) service.recover();
      letHang(nodes.filter(({ kind }) => isListening(kind)).slice(0, 300));
      const { code, lines, elapsedMs } = await compare(nodes);
      assert.deepEqual([code, lines.length], [2, 1_000]);
      assert.ok(elapsedMs > 40_000 && elapsedMs < 75_000, `${elapsedMs} ms: 300 / 64 rounds of 10 s, and a last one`);
    });

    it("asks ten thousand", async () => {
      for (const { service } of nodes) service.recover();
      const well = nodes.filter(({ kind }) => kind === "well").slice(0, 500);
      // The same sockets under other paths.
      const spelled = Array.from({ length: 20 }, (_, i) =>
        well.map((node) => ({ ...node, address: node.address.replace("/nodes-", `${"/.".repeat(i)}/nodes-`) })),
      );
      // A busy machine takes longer than by default.
      const { code, summary } = await compare(spelled.flat(), { DEADLINE_S: "800" });
      assert.deepEqual([code, summary], [0, `10000 ${digest("a")}`]);
    });
  }
});

/** The kind of each node, mixed, so that those that take long do not stand together. */
function kindsInTurn(): readonly Kind[] {
  const kinds = (Object.keys(KINDS) as Kind[]).flatMap((kind) => Array<Kind>(KINDS[kind].count).fill(kind));
  return kinds.map((_, index) => kinds[(index * 373) % kinds.length] ?? "well"); // 373 is a prime, and no divisor of their number
}

/** Those of the nodes that listen; they will respond to no call. */
function letHang(nodes: readonly Node[]): readonly Node[] {
  const listening = nodes.filter(({ kind }) => isListening(kind));
  for (const { service } of listening) {
    service.recover();
    service.failNext("*", HANGING, ALWAYS);
  }
  return listening;
}

/** Waits until the program has printed so many lines. */
async function printedLines({ stdout }: ChildProcess, count: number): Promise<void> {
  assert.ok(stdout);
  let printed = 0;
  for await (const [chunk] of on(stdout, "data", { close: ["end"] })) {
    printed += String(chunk).split("\n").length - 1;
    if (printed >= count) return;
  }
}

/** Counts, from now on, how many of the nodes were asked. */
function countAsked(nodes: readonly Node[]): () => number {
  const before = new Map(nodes.map(({ service }) => [service, service.calls.length]));
  return () => [...before].filter(([{ calls }, count]) => calls.length > count).length;
}

function isListening(kind: Kind): boolean {
  return kind !== "down" && kind !== "mistyped";
}

async function startNode(kind: Kind, path: string): Promise<Node> {
  const service = new InMemoryImages();
  const node = { kind, address: kind === "mistyped" ? "node-1.sock" : `unix://${path}`, service };
  if (!isListening(kind)) return node;
  if (kind !== "absent") service.seed([{ name: NAME, target: target(kind === "other" ? "b" : "a") }]);
  if (kind === "slow") service.failNext("get", { delayMs: 100 }, ALWAYS);
  if (kind === "erroring") service.failNext("get", "internal", ALWAYS);
  if (kind === "hanging") service.failNext("get", HANGING, ALWAYS);
  await service.listen(node.address);
  return node;
}

/** Runs the program on these nodes. It may open fewer files, and so connections, than there are nodes. */
async function compare(
  nodes: readonly Node[],
  env: Readonly<Record<string, string>> = {},
  meanwhile: (child: ChildProcess) => Promise<void> = async () => {},
  redirection = "",
) {
  const startedAtMs = performance.now();
  const addresses = nodes.map(({ address }) => address);
  const program = [process.execPath, ...(await nodeArgs("examples/many-nodes.ts", addresses))];
  const child = spawn("sh", ["-c", `ulimit -n 256 && exec "$0" "$@" ${redirection}`, ...program], {
    env: { ...process.env, IMAGE: "app:1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), meanwhile(child)]);
  await closed;
  const printed = output.trim().split("\n");
  const summary = printed.pop() ?? "";
  const lines = printed.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)] as const);
  return { code: child.exitCode, lines, summary, errors, elapsedMs: performance.now() - startedAtMs };
}
