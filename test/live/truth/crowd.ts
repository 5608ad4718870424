import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient } from "../../../src/index.js";
import type { Version } from "../../support/daemon/daemon.js";
import { Random } from "../../support/random.js";
import { type CallUnderTest, callOf, sourceOf, type Targets } from "./calls.js";
import { Forwarder } from "./forwarder.js";
import { type Exchange, Gateway } from "./gateway.js";
import { History, kindOfPath, type Step } from "./history.js";
import { judge, type Report } from "./judge.js";
import { methods } from "./scene.js";
import { textOf } from "./trouble.js";
import type { Upstream } from "./upstream.js";
import { machineNow } from "./wall-clock.js";
import { Writer } from "./writer.js";

/** Where a crowd writes. */
export interface Crowded {
  readonly version: Version;
  readonly upstream: Upstream;
  /** A folder for sockets. */
  readonly dir: string;
}

/** One call of a crowd that has lied. */
export interface Lie {
  readonly title: string;
  readonly transcript: readonly string[];
}

const NAMESPACE = "crowd";
const WRITERS = 4;
const CALLS = 8;
const TIMEOUT_MS = 300;
const RETRY = { baseDelayMs: 2, maxDelayMs: 10 };
const MAX_LATE_MS = 40;
const GRAIN_MS = 2;
/** Names the call in its requests; no record here can expire, so leases have no other effect. */
const CALL_ID = "containerd-lease";

const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";
const targets: Targets = { first: descriptor("a"), second: descriptor("b") };
/** What becomes of a change, and of its answer. */
const changes = ["none", "none", "none", "lost", "applied", "applied", "late"] as const;
const ends = ["cut", "cut", "reset", "status", "silence"] as const;
// Without `unavailable`, after which a missing record is created again: that may undo what another has deleted.
const STATUSES = [13, 2, 4, 1, 10] as const;

/** A call, with what it said, and where it stands in the history. */
interface Told {
  readonly id: string;
  readonly method: string;
  readonly call: CallUnderTest;
  readonly start: Step["before"];
  readonly first: number;
  readonly last: number;
  readonly within: readonly [number, number];
  readonly report: Report;
}

/** What a crowd came to. */
export interface CrowdReport {
  /** How many changes were lost, or their answers. */
  readonly lost: number;
  readonly lies: readonly Lie[];
}

/** Lets many clients write one record at once, each over connections that are lost. */
export function crowd(seed: number, place: Crowded): Promise<CrowdReport> {
  return new Crowd(seed, place).run();
}

class Crowd {
  readonly #place: Crowded;
  readonly #seed: number;
  readonly #name: string;
  readonly #history: History;
  readonly #authors = new Map<Step, string>();
  readonly #late = new Set<Promise<unknown>>();
  readonly #told: Told[] = [];
  #lost = 0;

  constructor(seed: number, place: Crowded) {
    this.#seed = seed;
    this.#place = place;
    this.#name = `example.com/crowd-${seed}:1`;
    this.#history = new History(place.upstream, NAMESPACE, this.#name);
  }

  async run(): Promise<CrowdReport> {
    const source = new History(this.#place.upstream, NAMESPACE, sourceOf(this.#name));
    await new Writer(source).create({ target: targets.first, labels: { env: "prod" } });
    await Promise.all(Array.from({ length: WRITERS }, (_, index) => this.#write(index)));
    await Promise.all(this.#late);
    await this.#history.look();
    return { lost: this.#lost, lies: this.#told.flatMap((told) => this.#lieOf(told)) };
  }

  /** One client: its calls follow each other, over a connection of its own. */
  async #write(index: number): Promise<void> {
    const random = new Random(this.#seed * WRITERS + index);
    const path = `${this.#place.dir}/${this.#seed}-${index}`;
    const gateway = new Gateway();
    const forwarder = new Forwarder({ path: `${path}.sock` }, { path: `${path}-gateway.sock` });
    gateway.handler = (exchange) => this.#handle(exchange, random, forwarder);
    await gateway.listen(`${path}-gateway.sock`);
    await forwarder.up();
    const address = `${path}.sock`;
    const images = new ImagesClient({ namespace: NAMESPACE, address, timeoutMs: TIMEOUT_MS, retry: RETRY });
    for (let count = 0; count < CALLS; count += 1) await this.#ask(images, `${index}-${count}`, random.pick(methods));
    await images.close({ graceMs: 0 });
    forwarder.down();
    gateway.close();
  }

  async #ask(images: ImagesClient, id: string, method: (typeof methods)[number]): Promise<void> {
    const call = callOf({ method, lease: "none" }, targets);
    const start = await this.#history.look();
    const first = this.#history.steps.length;
    const from = machineNow() - GRAIN_MS;
    const report = await call.run(images.withLease(id), this.#name);
    const within = [from, machineNow() + GRAIN_MS] as const;
    await this.#history.look();
    this.#told.push({ id, method, call, start, first, last: this.#history.steps.length, within, report });
  }

  async #handle(exchange: Exchange, random: Random, forwarder: Forwarder): Promise<void> {
    const kind = kindOfPath(exchange.path);
    if (kind === undefined && random.chance(0.1)) return forwarder.cut();
    if (kind === undefined)
      return exchange.answer(await this.#place.upstream.call(exchange.path, exchange.headers, exchange.body));
    const apply = async () => {
      const { reply, step } = await this.#history.apply("other", kind, exchange);
      this.#authors.set(step, exchange.headers[CALL_ID] ?? "nobody");
      return reply;
    };
    const change = random.pick(changes);
    if (change === "none") return exchange.answer(await apply());
    if (change === "applied") await apply();
    if (change === "late") this.#later(random.between(0, MAX_LATE_MS), apply);
    this.#lost += 1;
    breakOff(exchange, random, forwarder);
  }

  #later(delayMs: number, apply: () => Promise<unknown>): void {
    const work = sleep(delayMs).then(apply);
    work.catch(() => {}); // it is awaited when all calls are over
    this.#late.add(work);
  }

  #lieOf(told: Told): Lie[] {
    const { kind, asked, onlyIf } = told.call;
    const steps = this.#history.steps.slice(told.first).map((step) => this.#from(told.id, step));
    const { start, within, report } = told;
    const isAtomic = this.#place.version === "2.x";
    const stepsInCall = told.last - told.first;
    const lies = judge({ kind, asked, onlyIf, isAtomic, start, steps, stepsInCall, within: [within], report });
    if (lies.length === 0) return [];
    const title = `crowd ${this.#seed}, containerd ${this.#place.version}: ${told.method} ${told.id}`;
    const happened = steps.map((step, index) => `${index < stepsInCall ? "in" : "after"} the call: ${textOf(step)}`);
    return [{ title, transcript: [...happened, JSON.stringify(report), ...lies.map((lie) => `LIE: ${lie}`)] }];
  }

  /** The step as one call sees it: its own, or another's. */
  #from(id: string, step: Step): Step {
    return this.#authors.get(step) === id ? { ...step, who: "library" } : step;
  }
}

/** Silence is nothing at all, until the deadline. */
function breakOff(exchange: Exchange, random: Random, forwarder: Forwarder): void {
  const end = random.pick(ends);
  if (end === "cut") forwarder.cut();
  if (end === "reset") exchange.reset();
  if (end === "status") exchange.answerStatus(random.pick(STATUSES));
}

function descriptor(digit: string): Targets["first"] {
  return { mediaType: MEDIA_TYPE, digest: `sha256:${digit.repeat(64)}`, size: 527 };
}
