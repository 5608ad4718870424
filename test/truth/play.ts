import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient } from "../../src/index.js";
import { type CallUnderTest, callOf, EPOCH, hasSource, sourceOf } from "./calls.js";
import type { Exchange } from "./gateway.js";
import { History, isApplied, kindOfPath, type Step } from "./history.js";
import { judge, type Report } from "./judge.js";
import { CRI_LABEL } from "./record-state.js";
import { type Point, type Route, type Scene, titleOf } from "./scene.js";
import { CRI_NAMESPACE, type Stage } from "./stage.js";
import { machineNow, offsets, setWallClock } from "./wall-clock.js";
import { Writer } from "./writer.js";

/** What a scene came to. */
export interface Verdict {
  readonly scene: Scene;
  readonly report: Report;
  readonly lies: readonly string[];
  /** All that happened, a line each. */
  readonly transcript: readonly string[];
  readonly tookMs: number;
}

const TIMEOUT_MS = 500;
const RESTART_TIMEOUT_MS = 5_000;
const DOWN_MS = 15;
/** What calls send and get at most, the connection's own beginning included where it is new. */
const bytesOf = {
  unix: { warm: { up: 370, down: 480 }, cold: { up: 525, down: 545 } },
  tls: { warm: { up: 440, down: 570 }, cold: { up: 1_075, down: 1_990 } },
  nginx: { warm: { up: 880, down: 615 }, cold: { up: 880, down: 615 } },
  transport: { warm: { up: 400, down: 480 }, cold: { up: 545, down: 545 } },
} as const satisfies Record<Route, unknown>;
/** Events come some milliseconds after the change. */
const EVENTS_MS = 1_000;
/** A namespace of which no scene knows. */
const PROOFS = "proofs";
/** CRI needs some milliseconds, if it acts at all. */
const CRI_MS = 150;
/** Daemon and machine read one clock; this much is for its grain. */
const GRAIN_MS = 2;

/** Plays a scene on its stage, and judges what the call has said. */
export function play(scene: Scene, stage: Stage): Promise<Verdict> {
  return new Play(scene, stage).run();
}

class Play {
  readonly #scene: Scene;
  readonly #stage: Stage;
  readonly #call: CallUnderTest;
  readonly #name: string;
  readonly #namespace: string;
  readonly #history: History;
  readonly #writer: Writer;
  readonly #startedAt = performance.now();
  readonly #transcript: string[] = [];
  readonly #done = new Set<Point>();
  /** What is to be passed on later. */
  readonly #late: (() => Promise<unknown>)[] = [];
  #changes = 0;
  #isFaulty = false;
  #hasLostRead = false;
  /** What the gateway is still about. */
  readonly #busy = new Set<Promise<void>>();

  constructor(scene: Scene, stage: Stage) {
    this.#scene = scene;
    this.#stage = stage;
    this.#call = callOf(scene, stage.targets);
    this.#name = `example.com/scene-${scene.seed}-${Math.random().toString(36).slice(2)}:1`;
    this.#namespace = scene.hasCri ? CRI_NAMESPACE : "truth";
    this.#history = new History(stage.upstream, this.#namespace, this.#name);
    this.#writer = new Writer(this.#history);
  }

  async run(): Promise<Verdict> {
    const { gateway, optionsOf, forwarderOf } = this.#stage;
    const { route, clock, isWarm, fault } = this.#scene;
    await this.#listen();
    await this.#prepare();
    setWallClock(offsets[clock][0]);
    gateway.handler = (exchange) => this.#pass(exchange);
    const timeoutMs = fault.startsWith("kill") ? RESTART_TIMEOUT_MS : TIMEOUT_MS;
    const retry = { baseDelayMs: 5, maxDelayMs: 30 };
    const images = new ImagesClient({ namespace: this.#namespace, ...optionsOf(route), timeoutMs, retry });
    const warm = { name: `${this.#name}-warm`, target: this.#stage.targets.first };
    if (isWarm) await images.create(warm, { timeoutMs: RESTART_TIMEOUT_MS });
    const start = await this.#history.look();
    const first = this.#history.steps.length;
    const from = machineNow() - GRAIN_MS;
    gateway.handler = (exchange) => this.#track(this.#handle(exchange));
    this.#armCut();
    this.#say("call begins");
    const report = await this.#ask(images);
    this.#say(`call ends: ${JSON.stringify(report)}`);
    await Promise.allSettled(this.#busy);
    forwarderOf(route).cutAfter(undefined);
    await this.#history.look();
    const stepsInCall = this.#history.steps.length - first;
    const within = [from, machineNow() + GRAIN_MS] as const;
    await this.#act("end");
    await this.#passLate();
    await this.#history.look();
    setWallClock(0);
    await images.close({ graceMs: 0 });
    await this.#compareWithEvents();
    const steps = this.#history.steps.slice(first);
    const { kind, asked, ifDigest } = this.#call;
    const lies = judge({ kind, asked, ifDigest, start, steps, stepsInCall, within, report });
    const transcript = [...this.#transcript, ...lies.map((lie) => `LIE: ${lie}`)];
    return { scene: this.#scene, report, lies, transcript, tookMs: performance.now() - this.#startedAt };
  }

  async #prepare(): Promise<void> {
    const { prior, method } = this.#scene;
    if (prior !== "absent") {
      const dateMs = prior === "as-asked-dated" ? EPOCH.getTime() : undefined;
      await this.#writer.create(prior === "different" ? this.#call.before : this.#call.wanted, dateMs);
      await this.#letCri();
    }
    if (hasSource(method)) {
      const source = new History(this.#stage.upstream, this.#namespace, sourceOf(this.#name));
      await new Writer(source).create(this.#call.wanted);
    }
    await sleep(2 * GRAIN_MS); // so that a date tells what was before the call
  }

  #listen(): Promise<void> {
    const { upstream, events, targets } = this.#stage;
    return events.ready((name) =>
      new Writer(new History(upstream, PROOFS, name)).create({ target: targets.first, labels: {} }),
    );
  }

  /** What was written down has to be what the daemon tells; only CRI may write twice between two looks at it. */
  async #compareWithEvents(): Promise<void> {
    if (this.#scene.fault.startsWith("kill")) return; // events died with it
    const written = this.#history.steps.filter(isApplied).map(({ kind }) => kind);
    const told = () => this.#stage.events.of(this.#name);
    const end = performance.now() + EVENTS_MS;
    while (told().length < written.length && performance.now() < end) await sleep(1);
    const isSame = told().join() === written.join();
    if (!isSame && !this.#scene.hasCri) throw new Error(`${titleOf(this.#scene)}: ${told()} were told, not ${written}`);
    if (!isSame) this.#say(`the daemon tells of ${told()}, seen were ${written}`);
  }

  async #ask(images: ImagesClient): Promise<Report> {
    return this.#call.run(images, this.#name);
  }

  #track(work: Promise<void>): Promise<void> {
    this.#busy.add(work);
    return work.finally(() => this.#busy.delete(work));
  }

  #armCut(): void {
    const { fault, cutAt, route, isWarm } = this.#scene;
    if (!fault.startsWith("bytes")) return;
    const direction = fault === "bytes-up" ? "up" : "down";
    const bytes = 1 + Math.floor(cutAt * bytesOf[route][isWarm ? "warm" : "cold"][direction]);
    const done = () => this.#say(`cut after ${bytes} bytes`);
    this.#stage.forwarderOf(route).cutAfter({ direction, bytes, done });
  }

  /** What the gateway does with a request of the call. */
  async #handle(exchange: Exchange): Promise<void> {
    const kind = kindOfPath(exchange.path);
    if (kind === undefined) return this.#read(exchange);
    this.#changes += 1;
    this.#say(`${kind} arrives`);
    if (this.#changes > this.#scene.faultAt || this.#isFaulty) await this.#act("before-retry");
    if (!this.#isHit()) return this.#change(exchange);
    await this.#act("before");
    this.#isFaulty = true;
    setWallClock(offsets[this.#scene.clock][1]);
    await this.#fail(exchange);
  }

  #isHit(): boolean {
    const { fault, faultAt, isLasting } = this.#scene;
    const isTurn = isLasting ? this.#changes >= faultAt : this.#changes === faultAt;
    return isTurn && !fault.startsWith("bytes");
  }

  async #change(exchange: Exchange): Promise<void> {
    await this.#act("before");
    const reply = await this.#apply(exchange);
    this.#isFaulty = true;
    await this.#act("after");
    exchange.answer(reply);
  }

  async #read(exchange: Exchange): Promise<void> {
    const isAfterFault = this.#isFaulty && exchange.path.endsWith("/Get");
    if (!isAfterFault) return this.#pass(exchange);
    this.#say("get arrives");
    await this.#act("before-read");
    if (this.#scene.losesRead && !this.#hasLostRead) return this.#loseRead();
    const reply = await this.#stage.upstream.call(exchange.path, exchange.headers, exchange.body);
    await this.#act("after-read");
    if (this.#scene.fault.endsWith("soon")) await this.#passLate();
    exchange.answer(reply);
  }

  #loseRead(): void {
    this.#hasLostRead = true;
    this.#say("the read is cut");
    this.#stage.forwarderOf(this.#scene.route).cut();
  }

  async #pass(exchange: Exchange): Promise<void> {
    exchange.answer(await this.#stage.upstream.call(exchange.path, exchange.headers, exchange.body));
  }

  /** Does to a change what the scene says. */
  async #fail(exchange: Exchange): Promise<void> {
    const { fault } = this.#scene;
    if (fault === "none") return this.#change(exchange);
    if (fault.startsWith("kill")) return this.#kill(exchange);
    this.#say(`fault: ${fault}`);
    if (fault.endsWith("applied")) await this.#apply(exchange);
    else if (!fault.endsWith("lost")) this.#late.push(() => this.#apply(exchange));
    await this.#act("after");
    await this.#breakOff(exchange);
  }

  async #breakOff(exchange: Exchange): Promise<void> {
    const { fault, gatewayCode, route } = this.#scene;
    const forwarder = this.#stage.forwarderOf(route);
    switch (fault.split("-")[0]) {
      case "cut":
        forwarder.cut();
        break;
      case "reset":
        exchange.reset();
        break;
      case "gateway":
        if (gatewayCode >= 100) exchange.answerHttp(gatewayCode);
        else exchange.answerStatus(gatewayCode);
        break;
      case "forwarder":
        void this.#track(this.#restartForwarder());
        break;
      case "silence":
        break;
    }
  }

  async #restartForwarder(): Promise<void> {
    const forwarder = this.#stage.forwarderOf(this.#scene.route);
    forwarder.down();
    await sleep(DOWN_MS);
    await forwarder.up();
  }

  /** Kills the daemon; unless it is behind a forwarder that lives on, its socket goes with it. */
  async #kill(exchange: Exchange): Promise<void> {
    const { fault, route } = this.#scene;
    const forwarder = this.#stage.forwarderOf(route);
    const isBehind = fault.startsWith("kill-behind");
    const revive = async () => {
      if (isBehind) forwarder.cut();
      else forwarder.down();
      await this.#stage.daemon.restart();
    };
    const kind = kindOfPath(exchange.path);
    if (kind === undefined) throw new Error("not a change");
    this.#say(`fault: ${fault}`);
    if (fault.endsWith("applied")) await this.#apply(exchange);
    if (fault.endsWith("racing")) await this.#history.applyAndDie(kind, exchange.headers, exchange.body, revive);
    else await revive();
    await this.#act("after");
    if (!isBehind) await forwarder.up();
    this.#say("daemon is back");
  }

  async #apply(exchange: Exchange) {
    const kind = kindOfPath(exchange.path);
    if (kind === undefined) throw new Error("not a change");
    const before = this.#history.steps.length;
    const reply = await this.#history.apply("library", kind, exchange.headers, exchange.body);
    this.#tell(this.#history.steps.slice(before));
    return reply;
  }

  async #passLate(): Promise<void> {
    for (const late of this.#late.splice(0)) {
      this.#say("passes on what is late");
      await late();
    }
  }

  /** Lets the second client act, the first time that the call is at its point. */
  async #act(point: Point): Promise<void> {
    const { action, point: wanted } = this.#scene;
    if (point !== wanted || this.#done.has(point)) return;
    this.#done.add(point);
    const before = this.#history.steps.length;
    const { first, second } = this.#stage.targets;
    const other = { target: this.#call.wanted.target === second ? first : second, labels: { env: "other" } };
    const same = this.#call.kind === "delete" ? this.#call.before : this.#call.wanted;
    if (action === "let-cri") await this.#letCri();
    else await this.#writer.act(action, same, other);
    this.#tell(this.#history.steps.slice(before));
  }

  /** Waits until CRI has set its label; it does not on records that it cannot read. */
  async #letCri(): Promise<void> {
    const end = performance.now() + CRI_MS;
    const isLabelled = () => this.#history.last?.labels[CRI_LABEL] !== undefined;
    while (this.#scene.hasCri && !isLabelled() && performance.now() < end) {
      await sleep(2);
      await this.#history.look();
    }
  }

  #tell(steps: readonly Step[]): void {
    for (const step of steps) {
      const { who, kind, code, after } = step;
      this.#say(
        `${who}: ${kind}, status ${code}, ${isApplied(step) ? "applied" : "not applied"}: ${JSON.stringify(after)}`,
      );
    }
  }

  #say(text: string): void {
    this.#transcript.push(`${Math.round(performance.now() - this.#startedAt)} ms ${text}`);
  }
}
