import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ClientName } from "../../../bench/clients/names.js";
import type { Figures, Job } from "../../../bench/job.js";
import { median, ratioOf } from "../../../bench/statistics.js";
import { encodedRecord } from "../../../bench/stub/encoded-record.js";
import type { Stub } from "../../../bench/stub-process.js";
import { cpuUs } from "../../../bench/usage.js";
import { imagesResponse } from "../../../src/codec/responses.js";
import { type Built, build } from "./built.js";
import { loadedModules } from "./loaded-modules.js";

// Guards that hold on a busy machine: ratios of CPU time within a run, counted bytes, loaded files. The targets
// themselves are for `npm run bench` on a quiet one.

const OURS = "containerd-images";
const FLOOR = "node-http2";
const KIB = 1_024;

let built: Built;
let modules: { Stub: typeof Stub; WorkerProcess: typeof import("../../../bench/worker-process.js").WorkerProcess };
let stub: Stub;

/** What one side of a comparison does. */
interface Side {
  readonly client: ClientName;
  readonly records: number;
  readonly job: Job;
}

before(async () => {
  built = build();
  // What is compiled is what the sources say.
  modules = {
    ...((await import(
      new URL("stub-process.js", built.bench).href
    )) as typeof import("../../../bench/stub-process.js")),
    ...((await import(
      new URL("worker-process.js", built.bench).href
    )) as typeof import("../../../bench/worker-process.js")),
  };
  stub = await modules.Stub.start({ library: built.library }, [1, 1_000, 20_000]);
});

after(() => stub[Symbol.dispose]());

describe("a get", () => {
  it("costs little more CPU time than bare node:http2", async () => {
    const job = { kind: "get", count: 1_500, inFlight: 64, series: "" } as const;
    const ratio = await compare({ client: OURS, records: 1, job }, { client: FLOOR, records: 1, job }, 5);
    assert.ok(ratio < 2, `${ratio.toFixed(2)} times that of node:http2, where 1.2 to 1.5 is usual`);
  });

  it("allocates little more than bare node:http2, and lets go of it at once", async () => {
    const floor = await garbage(FLOOR);
    const more = async () => {
      const ours = await garbage(OURS);
      return {
        allocated: (ours.allocatedBytes ?? Number.NaN) - (floor.allocatedBytes ?? Number.NaN),
        surviving: (ours.survivingBytes ?? Number.NaN) - (floor.survivingBytes ?? Number.NaN),
      };
    };
    let { allocated, surviving } = await more();
    // Node may free the streams of most gets of a process only in a later collection.
    for (let again = 2; again > 0 && surviving >= KIB; again -= 1) ({ allocated, surviving } = await more());
    assert.ok(allocated < 11 * KIB, `${allocated} bytes more, where 7 KiB are usual`);
    assert.ok(surviving < KIB, `${surviving} bytes more outlive a collection, where none are usual`);
  });

  it("takes little memory while it waits for its turn", () => {
    const script = fileURLToPath(new URL("waiting-heap.mjs", import.meta.url));
    const bytes = Number(execFileSync(process.execPath, ["--expose-gc", script, built.library], { encoding: "utf8" }));
    assert.ok(bytes < 1_700, `${bytes} bytes, where 1,300 to 1,420 are usual`);
  });

  it("costs the same whether 64 or 5,000 are in flight", async () => {
    const job = { kind: "get", count: 5_000, inFlight: 5_000, series: "" } as const;
    const base = { ...job, inFlight: 64 };
    const ratio = await compare({ client: OURS, records: 1, job }, { client: OURS, records: 1, job: base }, 3);
    assert.ok(ratio < 2, `${ratio.toFixed(2)} times as much with 5,000, where 1.0 to 1.3 is usual`);
  });

  it("loads few files, because each costs a new program about a millisecond, and nothing of Connect", () => {
    const [program, ...args] = firstCall(OURS);
    const loaded = loadedModules(program, args);
    assert.ok(loaded.includes(built.library));
    assert.ok(loaded.length < 17, `${loaded.length} files, where 15 are usual: ${loaded.join("\n")}`);
    const packages = loaded.filter((url) => /node_modules\/(?!\.cache)/.test(url));
    assert.deepEqual(packages, []);
  });

  it("is made by a new program in little more time than by one that only has node:http2", () => {
    const ratio = compareNew(firstCall(OURS), firstCall(FLOOR), 5);
    assert.ok(ratio < 5, `${ratio.toFixed(2)} times that of node:http2, where 2 to 3 is usual`);
  });
});

describe("an import", () => {
  it("loads three files", () => {
    const [program, ...args] = importOf(built.library);
    const folder = new URL(".", built.library).href;
    const loaded = loadedModules(program, args).filter((url) => url.startsWith(folder));
    assert.equal(loaded.length, 3, loaded.join("\n"));
  });

  it("costs about twice that of node:http2 in Node 20, and no more than that in later versions", () => {
    const limit = process.versions.node.startsWith("20.") ? 2.7 : 1.4;
    const ratio = compareNew(importOf(built.library), importOf("node:http2"), 5);
    assert.ok(
      ratio < limit,
      `${ratio.toFixed(2)} times that of node:http2, where 2.0 to 2.2 is usual with Node 20, and 0.8 to 1.1 with later ones`,
    );
  });
});

describe("a list", () => {
  it("costs the same per image for 1,000 and for 20,000", async () => {
    const few = { client: OURS, records: 1_000, job: { kind: "list", count: 20 } } as const;
    const many = { client: OURS, records: 20_000, job: { kind: "list", count: 1 } } as const;
    const ratio = (await compare(many, few, 5)) / 20;
    assert.ok(ratio < 3, `${ratio.toFixed(2)} times as much with 20,000, where 1.0 to 1.8 is usual`);
  });

  it("takes little memory while it is kept, and every measurement of that gives the same", async () => {
    await using worker = await modules.WorkerProcess.start(OURS, stub.destination({ records: 1_000 }));
    for (let run = 0; run < 2; run += 1) {
      const { keptBytes = Number.NaN } = await worker.run({ kind: "heap" });
      assert.ok(keptBytes > 500 && keptBytes < 1_000, `${keptBytes} bytes per image, where 700 to 900 are usual`);
    }
  });

  it("is not made among V8's old objects, where it would keep others after its end", () => {
    const script = fileURLToPath(new URL("many-lists.mjs", import.meta.url));
    const { socketPath } = stub.destination({ records: 20_000 });
    const args = ["--trace-pretenuring-statistics", script, built.library, socketPath];
    const said = execFileSync(process.execPath, args, { encoding: "utf8" });
    assert.match(said, /pretenuring: /);
    assert.deepEqual(said.match(/\(created, found, ratio\).*=> (?:maybe )?tenure$/gm) ?? [], []);
  });

  it("is decoded while it arrives", () => {
    const message = Buffer.concat(Array.from({ length: 10_000 }, (_, index) => encodedRecord(index)));
    const shares = Array.from({ length: 5 }, () => shareOfEnd(message));
    assert.ok(median(shares) < 0.1, `the end of it takes ${shares} of the CPU time`);
  });
});

/** The median of how many times the CPU time of `base` a job takes, in rounds that alternate between them. */
async function compare(side: Side, base: Side, rounds: number): Promise<number> {
  const sides = [side, base];
  const workers = await Promise.all(
    sides.map(({ client, records }) => modules.WorkerProcess.start(client, stub.destination({ records }))),
  );
  try {
    const samples: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, worker] of workers.entries()) {
        const { cpuUs = Number.NaN } = await worker.run(sides[index]?.job ?? side.job);
        if (round > 0) samples[index]?.push(cpuUs);
      }
    }
    return ratioOf(...samples).median;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop())); // they would keep this process alive
  }
}

/** The median of how many times the CPU time of `base` a new program takes, in rounds that alternate between them. */
function compareNew(program: readonly string[], base: readonly string[], rounds: number): number {
  const samples: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, args] of [program, base].entries()) {
      const { cpuUs = Number.NaN }: Figures = JSON.parse(execFileSync(process.execPath, args).toString());
      if (round > 0) samples[index]?.push(cpuUs);
    }
  }
  return ratioOf(...samples).median;
}

/** The program that imports a module, and its argument. */
function importOf(address: string): [program: string, ...args: string[]] {
  return [fileURLToPath(new URL("import.js", built.bench)), address];
}

/** The program that imports a client and makes one call, and its arguments. */
function firstCall(client: ClientName): [program: string, ...args: string[]] {
  const module = new URL(`clients/${client}.js`, built.bench).href;
  const program = fileURLToPath(new URL("first-call.js", built.bench));
  return [program, module, JSON.stringify(stub.destination({ records: 1 }))];
}

/** What a get leaves behind in a process whose young generation holds all that the test makes. */
async function garbage(client: ClientName): Promise<Figures> {
  const flags = ["--min-semi-space-size=64", "--max-semi-space-size=64"];
  await using worker = await modules.WorkerProcess.start(client, stub.destination({ records: 1 }), flags);
  return await worker.run({ kind: "garbage", count: 1_000 });
}

/** How much of the CPU time of reading a list goes into what comes after its last piece but one. */
function shareOfEnd(message: Buffer): number {
  const pieces = imagesResponse.pieces?.();
  assert.ok(pieces);
  const started = cpuUs();
  for (let start = 0; start < message.length - 16 * KIB; start += 16 * KIB) {
    pieces.push(message.subarray(start, start + 16 * KIB));
  }
  const last = cpuUs();
  pieces.push(message.subarray(message.length - (message.length % (16 * KIB))));
  assert.equal(pieces.end().length, 10_000);
  return (cpuUs() - last) / (cpuUs() - started);
}
