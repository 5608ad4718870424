import { setTimeout as sleep } from "node:timers/promises";
import type { Forwarder } from "./forwarder.js";
import type { Exchange } from "./gateway.js";
import { type History, isApplied, type Kind, kindOfPath, type Step } from "./history.js";
import { isObservers } from "./observer.js";
import { isOverConnect, isOverSsh, type Point, type Route, type Scene } from "./scene.js";
import type { Stage } from "./stage.js";
import type { Reply } from "./upstream.js";
import { offsets, setWallClock } from "./wall-clock.js";

/** How far the daemon's clock steps. */
const STEP_MS = 5_000;
/** How long a restarted forwarder is away. */
const DOWN_MS = 15;

/** What calls send and get at most, the connection's own beginning included where it is new. */
const BYTES = {
  unix: { warm: { up: 370, down: 480 }, cold: { up: 525, down: 545 } },
  tls: { warm: { up: 440, down: 570 }, cold: { up: 1_075, down: 1_990 } },
  nginx: { warm: { up: 880, down: 615 }, cold: { up: 880, down: 615 } },
  transport: { warm: { up: 400, down: 480 }, cold: { up: 545, down: 545 } },
  connect: { warm: { up: 900, down: 700 }, cold: { up: 900, down: 700 } },
} as const;

/** A request that asks for a change. */
interface Change extends Exchange {
  readonly kind: Kind;
}

/** Who is told what happens between the client and the daemon. */
export interface Audience {
  /** The call has come to a point at which the second client may act. */
  at(point: Point): Promise<void>;
  say(text: string): void;
}

/** What stands between the client and the daemon in one scene: passes requests on, and does what its fault says. */
export class Trouble {
  readonly #scene: Scene;
  readonly #stage: Stage;
  readonly #history: History;
  readonly #audience: Audience;
  /** What is to be passed on later. */
  readonly #late: (() => Promise<unknown>)[] = [];
  readonly #busy = new Set<Promise<void>>();
  #changes = 0;
  #hasFailed = false;
  /** What went wrong with the fault itself, so that the scene says nothing. */
  #ownFailure: { readonly error: unknown } | undefined;
  #hasLostRead = false;

  constructor(scene: Scene, stage: Stage, history: History, audience: Audience) {
    this.#scene = scene;
    this.#stage = stage;
    this.#history = history;
    this.#audience = audience;
  }

  /** Whether the fault has happened, or may have: bytes are cut somewhere in the call, if it needs so many. */
  get isFaulty(): boolean {
    return this.#hasFailed;
  }

  /** From now on requests are those of the call. */
  begin(): void {
    this.#stage.gateway.handler = (exchange) =>
      isObservers(exchange) ? this.#stage.pass(exchange) : this.#track(this.#handle(exchange));
    const { fault, cutAt, route, isWarm } = this.#scene;
    if (!fault.startsWith("bytes")) return;
    const direction = fault === "bytes-up" ? "up" : "down";
    const bytes = 1 + Math.floor(cutAt * BYTES[pathOf(route)][isWarm ? "warm" : "cold"][direction]);
    this.#forwarder.cutAfter({ direction, bytes, done: () => this.#audience.say(`cut after ${bytes} bytes`) });
  }

  /** The call is over; resolves when nothing is under way any more but what is late. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#busy);
    if (this.#ownFailure !== undefined) throw this.#ownFailure.error;
    this.#forwarder.cutAfter(undefined);
  }

  /** Passes on what has been kept back. */
  async passLate(): Promise<void> {
    for (const late of this.#late.splice(0)) {
      this.#audience.say("passes on what is late");
      await late();
    }
  }

  get #forwarder(): Forwarder {
    return this.#stage.forwarderOf(this.#scene.route);
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#busy.add(work);
    try {
      await work;
    } finally {
      this.#busy.delete(work);
    }
  }

  /** For what the fault itself does: the gateway would take its failure for that of the daemon. */
  async #make(fault: Promise<void>): Promise<void> {
    try {
      await fault;
    } catch (error) {
      this.#ownFailure ??= { error };
    }
  }

  async #handle(exchange: Exchange): Promise<void> {
    const kind = kindOfPath(exchange.path);
    return kind === undefined ? this.#read(exchange) : this.#change({ ...exchange, kind });
  }

  async #read(exchange: Exchange): Promise<void> {
    if (!this.#hasFailed || !exchange.path.endsWith("/Get")) return this.#stage.pass(exchange);
    this.#audience.say("get arrives");
    await this.#audience.at("before-read");
    if (this.#scene.losesRead && !this.#hasLostRead) return this.#loseRead();
    const reply = await this.#stage.upstream.call(exchange.path, exchange.headers, exchange.body);
    await this.#audience.at("after-read");
    if (this.#scene.fault.endsWith("soon")) await this.passLate();
    exchange.answer(reply);
  }

  #loseRead(): void {
    this.#hasLostRead = true;
    this.#audience.say("the read is cut");
    this.#stage.cut(this.#scene.route);
  }

  async #change(change: Change): Promise<void> {
    this.#changes += 1;
    this.#audience.say(`${change.kind} arrives`);
    if (this.#hasFailed) await this.#audience.at("before-retry");
    if (!this.#isHit()) return this.#passChange(change);
    await this.#audience.at("before");
    this.#hasFailed = true;
    setWallClock(offsets[this.#scene.clock][1]);
    this.#stepDaemonClock("before");
    this.#audience.say(`fault: ${this.#scene.fault}`);
    await this.#make(this.#scene.fault.startsWith("kill") ? this.#kill(change) : this.#lose(change));
  }

  #isHit(): boolean {
    const { fault, faultAt, isLasting } = this.#scene;
    const isTurn = isLasting ? this.#changes >= faultAt : this.#changes === faultAt;
    return isTurn && fault !== "none" && !fault.startsWith("bytes");
  }

  async #passChange(change: Change): Promise<void> {
    await this.#audience.at("before");
    const reply = await this.#apply(change);
    this.#hasFailed ||= this.#changes >= this.#scene.faultAt; // bytes may be cut from here on
    await this.#audience.at("after");
    change.answer(reply);
  }

  async #lose(change: Change): Promise<void> {
    const { fault } = this.#scene;
    if (fault.endsWith("applied")) await this.#apply(change);
    else if (!fault.endsWith("lost")) this.#late.push(() => this.#apply(change));
    this.#stepDaemonClock("after");
    await this.#audience.at("after");
    this.#breakOff(change);
  }

  /** What the client sees instead of an answer; silence is nothing at all. */
  #breakOff(change: Change): void {
    const { fault, gatewayCode, route } = this.#scene;
    if (fault.startsWith("cut")) this.#stage.cut(route);
    if (fault.startsWith("silence")) void this.#track(this.#make(this.#stage.silence(route)));
    if (fault.startsWith("reset")) change.reset();
    if (fault.startsWith("forwarder")) void this.#track(this.#make(this.#restartForwarder()));
    if (!fault.startsWith("gateway")) return;
    if (gatewayCode >= 100) change.answerHttp(gatewayCode);
    else change.answerStatus(gatewayCode);
  }

  async #restartForwarder(): Promise<void> {
    this.#forwarder.down();
    await sleep(DOWN_MS);
    await this.#forwarder.up();
  }

  /** Kills the daemon and starts it again; its socket goes with it, unless a forwarder before it lives on. */
  async #kill(change: Change): Promise<void> {
    const { fault } = this.#scene;
    const isBehind = fault.startsWith("kill-behind");
    const restart = async () => {
      if (isBehind) this.#forwarder.cut();
      else this.#forwarder.down();
      await this.#stage.daemon.restart();
    };
    if (fault.endsWith("applied")) await this.#apply(change);
    if (fault.endsWith("racing")) this.#tell(await this.#history.applyAndDie(change.kind, change, restart));
    else await restart();
    this.#stepDaemonClock("after");
    await this.#audience.at("after");
    if (!isBehind) await this.#forwarder.up();
    this.#audience.say("the daemon is back");
  }

  #stepDaemonClock(when: "before" | "after"): void {
    const { daemonClock } = this.#scene;
    const isThen = daemonClock.endsWith("after") === (when === "after");
    if (isThen && daemonClock !== "true")
      this.#stage.clock.set(daemonClock.startsWith("steps-ahead") ? STEP_MS : -STEP_MS);
  }

  async #apply(change: Change): Promise<Reply> {
    const { reply, step } = await this.#history.apply("library", change.kind, change);
    this.#tell(step);
    return reply;
  }

  #tell(step: Step): void {
    this.#audience.say(textOf(step));
  }
}

function pathOf(route: Route): keyof typeof BYTES {
  if (isOverConnect(route)) return "connect";
  return isOverSsh(route) ? "unix" : route;
}

/** A step in one line. */
export function textOf(step: Step): string {
  const { who, kind, code, after } = step;
  return `${who}: ${kind}, status ${code}, ${isApplied(step) ? "applied" : "not applied"}: ${JSON.stringify(after)}`;
}
