import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient, isImagesError } from "../../../src/index.js";
import { AwakeClock } from "../../support/awake-clock.js";
import { type Daemon, startDaemon, type Version } from "../../support/daemon/daemon.js";
import { Random } from "../../support/random.js";
import { ABSENT, Oracle, stateOf } from "./oracle.js";

export interface ChaosOptions {
  readonly version: Version;
  readonly workers: number;
  /** How long it lasts, or longer where a busy machine is so slow that little has happened by then. */
  readonly durationMs: number;
  readonly seed: number;
}

/**
 * The result of a run. Every count except the first five should be 0, or at most the number of writes with an unknown
 * outcome.
 */
export interface ChaosReport {
  readonly calls: number;
  readonly writes: number;
  readonly disturbances: number;
  readonly failedWrites: number;
  readonly unknownWrites: number;
  readonly failedReads: number;
  /**
   * States that no sequence of the responses explains: lost writes, writes without a request, or a wrong `not-applied`.
   */
  readonly impossibleStates: number;
  readonly overdueCalls: number;
  /** The time from the new socket to the first response, for each restart. */
  readonly recoveriesMs: readonly number[];
  readonly leakedDescriptors: number;
  /** Details of everything that went wrong. */
  readonly complaints: readonly string[];
}

const DEADLINE_MS = 10_000;
const GRACE_MS = 250;
const LONGEST_EXTENSION_MS = 60_000;
const NAMES_PER_WORKER = 4;
const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";

/**
 * Kills, stops and freezes a daemon while workers write and read, each with its own names, and checks every response.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  await using daemon = await startDaemon(options.version);
  const images = new ImagesClient({ namespace: "chaos", address: daemon.address, timeoutMs: DEADLINE_MS });
  const report = await workDuring(images, options, (run) => disturb(daemon, run, new Random(options.seed)));
  await images.close();
  return report;
}

/** Whether so much has happened that the other counts say something. */
export function isEnough({ disturbances, writes }: Pick<ChaosReport, "disturbances" | "writes">): boolean {
  return disturbances > 1 && writes > 50;
}

/** Lets workers write and read while `disturb` runs, and checks every response. */
export async function workDuring(
  images: ImagesClient,
  options: Omit<ChaosOptions, "version">,
  disturb: (run: Disturbed) => Promise<void>,
): Promise<ChaosReport> {
  await images.list();
  const descriptors = openDescriptors();
  using awake = new AwakeClock();
  const run = new Run(images, options, awake);
  const workers = Array.from({ length: options.workers }, (_, index) => run.work(index));
  await disturb(run);
  await Promise.all(workers);
  await run.checkAll();
  return { ...run.report(), leakedDescriptors: openDescriptors() - descriptors };
}

/** A run, for those who disturb it. */
export interface Disturbed {
  readonly isOver: boolean;
  /** Whether a call has succeeded since the last disturbance. */
  readonly hasRecovered: boolean;
  disturbed(): void;
  /** From now on, calls can succeed. */
  daemonIsBack(): void;
}

class Run implements Disturbed {
  readonly #images: ImagesClient;
  readonly #options: Omit<ChaosOptions, "version">;
  readonly #awake: AwakeClock;
  readonly #startedAt = performance.now();
  readonly #oracles = new Map<string, Oracle>();
  readonly #complaints: string[] = [];
  readonly #recoveriesMs: number[] = [];
  readonly #counts = {
    calls: 0,
    writes: 0,
    disturbances: 0,
    failedWrites: 0,
    unknownWrites: 0,
    failedReads: 0,
    impossibleStates: 0,
    overdueCalls: 0,
  };
  #backSince: number | undefined;

  constructor(images: ImagesClient, options: Omit<ChaosOptions, "version">, awake: AwakeClock) {
    this.#images = images;
    this.#options = options;
    this.#awake = awake;
  }

  get isOver(): boolean {
    const extensionMs = performance.now() - this.#startedAt - this.#options.durationMs;
    return extensionMs >= LONGEST_EXTENSION_MS || (extensionMs >= 0 && isEnough(this.#counts));
  }

  get hasRecovered(): boolean {
    return this.#backSince === undefined;
  }

  disturbed(): void {
    this.#counts.disturbances += 1;
    this.#backSince = undefined;
  }

  daemonIsBack(): void {
    this.#backSince = performance.now();
  }

  async work(index: number): Promise<void> {
    const random = new Random(this.#options.seed * 1_000 + index);
    for (let step = 0; !this.isOver; step += 1) {
      const name = `worker-${index}/image-${step % NAMES_PER_WORKER}`;
      const oracle = this.#oracles.get(name) ?? new Oracle();
      this.#oracles.set(name, oracle);
      if (oracle.certain === undefined || random.next() < 0.3) await this.#read(name, oracle);
      else await this.#write(name, oracle, `${index}-${step}`, random);
    }
  }

  async checkAll(): Promise<void> {
    const found = new Map((await this.#images.list()).map((image) => [image.name, stateOf(image)]));
    for (const [name, oracle] of this.#oracles) this.#judge(name, oracle, found.get(name) ?? ABSENT);
  }

  report() {
    return { ...this.#counts, recoveriesMs: this.#recoveriesMs, complaints: this.#complaints };
  }

  async #read(name: string, oracle: Oracle): Promise<void> {
    try {
      this.#judge(name, oracle, stateOf(await this.#timed(() => this.#images.find(name))));
    } catch (error) {
      this.#counts.failedReads += 1;
      this.#complaints.push(`read of ${name} failed: ${error}`);
    }
  }

  #judge(name: string, oracle: Oracle, state: string): void {
    if (oracle.read(state)) return;
    this.#counts.impossibleStates += 1;
    this.#complaints.push(`${name} cannot be ${state}`);
  }

  async #write(name: string, oracle: Oracle, version: string, random: Random): Promise<void> {
    const digest = `sha256:${Buffer.from(version).toString("hex").padStart(64, "0")}`;
    const target = { mediaType: MEDIA_TYPE, digest, size: 1 };
    const labels = { version };
    const isThere = oracle.certain !== ABSENT;
    const [next, write] = !isThere
      ? [`${digest} ${version}`, () => this.#images.create({ name, target, labels })]
      : random.next() < 0.5
        ? [`${digest} ${version}`, () => this.#images.update(name, { target, labels })]
        : [ABSENT, () => this.#images.delete(name)];
    this.#counts.writes += 1;
    try {
      await this.#timed<unknown>(write);
      oracle.wrote(next, "ok");
    } catch (error) {
      this.#failed(name, error);
      oracle.wrote(next, isImagesError(error) ? error.outcome : "unknown");
    }
  }

  #failed(name: string, error: unknown): void {
    this.#counts.failedWrites += 1;
    if (isImagesError(error) && error.outcome === "unknown") this.#counts.unknownWrites += 1;
    else this.#complaints.push(`write of ${name} failed: ${error}`);
  }

  async #timed<T>(call: () => Promise<T>): Promise<T> {
    const startedAt = this.#awake.now();
    this.#counts.calls += 1;
    try {
      const value = await call();
      this.#answered();
      return value;
    } finally {
      if (this.#awake.now() - startedAt > DEADLINE_MS + GRACE_MS) this.#counts.overdueCalls += 1;
    }
  }

  #answered(): void {
    if (this.#backSince === undefined) return;
    this.#recoveriesMs.push(performance.now() - this.#backSince);
    this.#backSince = undefined;
  }
}

async function disturb(daemon: Daemon, run: Disturbed, random: Random): Promise<void> {
  while (!run.isOver) {
    await sleep(random.between(150, 900));
    run.disturbed();
    const how = random.pick(["SIGKILL", "SIGTERM", "SIGSTOP"] as const);
    if (how === "SIGSTOP") await freeze(daemon, random.between(50, 2_000));
    else await takeDown(daemon, how, random.between(0, 700));
    run.daemonIsBack();
  }
}

async function freeze(daemon: Daemon, forMs: number): Promise<void> {
  daemon.kill("SIGSTOP");
  await sleep(forMs);
  daemon.kill("SIGCONT");
}

async function takeDown(daemon: Daemon, signal: "SIGKILL" | "SIGTERM", forMs: number): Promise<void> {
  daemon.kill(signal);
  await daemon.exited;
  await sleep(forMs);
  await daemon.restart();
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
