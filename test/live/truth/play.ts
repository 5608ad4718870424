import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient } from "../../../src/index.js";
import { type CallUnderTest, callOf, EPOCH, hasSource, sourceOf } from "./calls.js";
import { History, isApplied } from "./history.js";
import { judge, type KnownLease, meets, type Report } from "./judge.js";
import { judgeObservation, type Observation } from "./judge-observer.js";
import { CRI_LABEL, type State } from "./record-state.js";
import { isOverSsh, type Point, type Scene, titleOf } from "./scene.js";
import type { Stage } from "./stage.js";
import { Trouble, textOf } from "./trouble.js";
import { machineNow, offsets, setWallClock } from "./wall-clock.js";
import { Writer } from "./writer.js";

/** What a scene came to. */
export interface Verdict {
  readonly scene: Scene;
  readonly report: Report;
  readonly lies: readonly string[];
  /** Whether the fault happened, and whether the second client came to act. */
  readonly isFaulty: boolean;
  readonly hasActed: boolean;
  /** All that happened, a line each. */
  readonly transcript: readonly string[];
}

interface LeaseIds {
  readonly own?: string;
  readonly others?: string;
}

/** A call whose answer is lost in silence lasts as long. */
const TIMEOUT_MS = 500;
const LONG_TIMEOUT_MS = 5_000;
const RETRY = { baseDelayMs: 5, maxDelayMs: 30 };
/** Events come some milliseconds after the change, or later on a busy machine. */
const EVENTS_MS = 5_000;
/** CRI needs some milliseconds, if it acts at all. */
const CRI_MS = 150;
/** CRI may write after a look: it makes a record again that was deleted while CRI read it. */
const LOOK_AGAIN_MS = 10;
/** CRI may write twice between two looks, and then one of its states is not seen; others write through the history. */
const LOOK_MS_WITH_CRI = 2;
const LOOK_MS = 10;
const WAITING = Symbol("waiting");
/** Daemon and machine read one clock; this much is for its grain. */
const GRAIN_MS = 2;
/** A namespace of which no scene knows. */
const PROOFS = "proofs";

/** Longer than any call may take, on a busy machine too. */
const STUCK_MS = 60_000;

/** Plays a scene on its stage, and judges what the call has said. */
export async function play(scene: Scene, stage: Stage): Promise<Verdict> {
  const it = new Play(scene, stage);
  try {
    return await Promise.race([it.run(), it.stuck()]);
  } catch (cause) {
    throw new Error(`${titleOf(scene)}\n${it.transcript.join("\n")}`, { cause });
  }
}

class Play {
  readonly #scene: Scene;
  readonly #stage: Stage;
  readonly #call: CallUnderTest;
  readonly #name: string;
  readonly #namespace: string;
  readonly #history: History;
  readonly #writer: Writer;
  /** Of the call, and of all that others write; without effect where they are not created. */
  readonly #leases: LeaseIds;
  readonly #trouble: Trouble;
  readonly #startedAt = performance.now();
  readonly transcript: string[] = [];
  #hasActed = false;
  #hasDeletedLease = false;

  constructor(scene: Scene, stage: Stage) {
    this.#scene = scene;
    this.#stage = stage;
    this.#call = callOf(scene, stage.targets);
    this.#name = `example.com/scene-${scene.seed}-${Math.random().toString(36).slice(2)}:1`;
    this.#namespace = stage.namespace;
    this.#history = new History(stage.upstream, this.#namespace, this.#name);
    const id = this.#name.replace(/\W+/g, "-");
    this.#leases = scene.lease === "none" ? {} : { own: `${id}-own`, others: `${id}-others` };
    this.#writer = new Writer(this.#history, this.#leases.others);
    const audience = { at: (point: Point) => this.#at(point), say: (text: string) => this.#say(text) };
    this.#trouble = new Trouble(scene, stage, this.#history, audience);
  }

  async run(): Promise<Verdict> {
    await this.#prepare();
    setWallClock(offsets[this.#scene.clock][0]);
    this.#stage.lateEvents.lateMs = this.#scene.eventsLateMs;
    const images = await this.#client();
    const start = await this.#history.look();
    const first = this.#history.steps.length;
    const from = machineNow() - GRAIN_MS;
    const observation = this.#observe();
    const report = await this.#ask(images);
    const within = this.#stage.clock.shown(from, machineNow() + GRAIN_MS);
    const lease = await this.#knownLease();
    const stepsInCall = this.#history.steps.length - first;
    await this.#end(images);
    const { kind, asked, onlyIf } = this.#call;
    const steps = this.#history.steps.slice(first);
    const isAtomic = this.#scene.version === "2.x";
    const lies = [
      ...judge({ kind, asked, onlyIf, isAtomic, lease, start, steps, stepsInCall, within, report }),
      ...judgeObservation(await observation()),
    ];
    const transcript = [...this.transcript, ...lies.map((lie) => `LIE: ${lie}`)];
    const { isFaulty } = this.#trouble;
    return { scene: this.#scene, report, lies, isFaulty, hasActed: this.#hasActed, transcript };
  }

  /** Rejects when the scene has no end. */
  async stuck(): Promise<never> {
    await sleep(STUCK_MS, undefined, { ref: false });
    throw new Error("the scene has no end");
  }

  async #prepare(): Promise<void> {
    const { prior, method } = this.#scene;
    const { upstream, events, targets } = this.#stage;
    const inNamespace = (namespace: string, name: string) =>
      new Writer(new History(upstream, namespace, name), this.#leases.others);
    await this.#createLeases();
    await events.ready((name) => inNamespace(PROOFS, name).create({ target: targets.first, labels: {} }));
    if (hasSource(method)) await inNamespace(this.#namespace, sourceOf(this.#name)).create(this.#call.wanted);
    if (prior !== "absent") {
      const { before, wanted } = this.#call;
      const dateMs = prior.startsWith("as-asked-dated") ? EPOCH.getTime() : undefined;
      await this.#writer.create(prior === "different" ? before : wanted, dateMs);
      if (prior === "as-asked-dated-written") await this.#writer.label(wanted.labels);
      await this.#letCri();
    }
    await sleep(2 * GRAIN_MS); // so that a date tells what was before the call
  }

  /** The library, with an open connection that it has learnt from where the scene wants that. */
  async #client(): Promise<ImagesClient> {
    const { gateway, pass, optionsOf, targets } = this.#stage;
    const { fault, route, isWarm, retries } = this.#scene;
    gateway.handler = pass;
    const timeoutMs = fault.startsWith("kill") || isOverSsh(route) ? LONG_TIMEOUT_MS : TIMEOUT_MS;
    const retry = retries ? RETRY : false;
    const scope = { namespace: this.#namespace, lease: this.#leases.own };
    const images = new ImagesClient({ ...scope, ...optionsOf(route), timeoutMs, retry });
    const warm = { name: `${this.#name}-warm`, target: targets.first };
    if (isWarm) await images.create(warm, { timeoutMs: LONG_TIMEOUT_MS });
    return images;
  }

  async #ask(images: ImagesClient): Promise<Report> {
    this.#trouble.begin();
    this.#say("the call begins");
    const report = await this.#call.run(images, this.#name);
    this.#say(`the call ends: ${JSON.stringify(report)}`);
    await this.#trouble.end();
    await this.#history.look();
    return report;
  }

  /** Lets all come that can still come. */
  async #end(images: ImagesClient): Promise<void> {
    await this.#at("end");
    await this.#trouble.passLate();
    await this.#history.look();
    setWallClock(0);
    this.#stage.clock.set(0);
    this.#stage.lateEvents.lateMs = 0;
    await images.close({ graceMs: 0 });
    await this.#compareWithEvents();
  }

  /** Begins to wait for what the call is to bring about; what is given says what the observer has seen. */
  #observe(): () => Promise<Observation> {
    const { kind, asked } = this.#call;
    const condition = kind === "delete" ? "absent" : { digest: asked.target?.digest, labels: asked.labels };
    const isWanted = (state: State) =>
      condition === "absent" || state === undefined
        ? condition === "absent" && state === undefined
        : meets(condition, state);
    const history = this.#history;
    const { observer } = this.#stage;
    const lookMs = this.#scene.hasCri ? LOOK_MS_WITH_CRI : LOOK_MS;
    const stop = new AbortController();
    const statesBeforeWait = history.states.length - 1; // it is still in the last one
    const waiting = observer.waitFor(this.#name, condition, stop.signal);
    waiting.catch(() => {}); // it may fail before the call is over, and it is awaited after that
    return async () => {
      for (;;) {
        const told = await observer.observe(this.#name, () => history.look(), lookMs);
        if (!isWanted(history.last)) stop.abort();
        const waited = await Promise.race([waiting, sleep(LOOK_AGAIN_MS, WAITING)]);
        if (waited !== WAITING) return { ...told, waited, states: history.states, statesBeforeWait, isWanted };
      }
    };
  }

  /** What was written down has to be what the daemon tells; only CRI may write twice between two looks at it. */
  async #compareWithEvents(): Promise<void> {
    if (this.#scene.fault.startsWith("kill")) return; // events died with it
    const written = this.#history.steps.filter(isApplied).map(({ kind }) => kind);
    const told = () => this.#stage.events.of(this.#name);
    const end = performance.now() + EVENTS_MS;
    while (told().length < written.length && performance.now() < end) await sleep(1);
    const isSame = told().join() === written.join();
    if (!isSame && !this.#scene.hasCri) throw new Error(`the events told of ${told()}, not of ${written}`);
    if (!isSame) this.#say(`the daemon tells of ${told()}, seen were ${written}`);
  }

  /** Lets the second client act, if the scene has it do so here. */
  async #at(point: Point): Promise<void> {
    const { action, point: wanted } = this.#scene;
    if (point !== wanted || this.#hasActed) return;
    this.#hasActed = true;
    const before = this.#history.steps.length;
    if (action === "let-cri") await this.#letCri();
    else if (action.startsWith("delete-lease")) await this.#deleteLease(action.endsWith("sync"));
    else if (action === "collect") await this.#collect();
    else await this.#writer.act(action, this.#call.alike, this.#call.other);
    for (const step of this.#history.steps.slice(before)) this.#say(textOf(step));
  }

  async #createLeases(): Promise<void> {
    const { own, others } = this.#leases;
    const { lease } = this.#scene;
    if (others !== undefined) await this.#stage.leases.create(others);
    if (own !== undefined && lease !== "missing") await this.#stage.leases.create(own, lease === "expired");
  }

  /** Of no lease that is collected at some time is it known whether it was there. */
  async #knownLease(): Promise<KnownLease | undefined> {
    const { lease, version } = this.#scene;
    const { own } = this.#leases;
    if (own === undefined || version !== "2.x" || lease === "expired" || this.#hasDeletedLease) return undefined;
    return { exists: lease === "kept", holds: await this.#stage.leases.holds(own, this.#name) };
  }

  async #deleteLease(sync: boolean): Promise<void> {
    if (this.#leases.own !== undefined && this.#scene.lease !== "missing")
      await this.#stage.leases.delete(this.#leases.own, sync);
    this.#hasDeletedLease = true;
    this.#say("the lease is deleted");
    await this.#history.look();
  }

  /** Has the daemon collect all that nothing holds. */
  async #collect(): Promise<void> {
    const trash = new Writer(new History(this.#stage.upstream, this.#namespace, `${this.#name}-trash`));
    await trash.create({ target: this.#stage.targets.first, labels: {} });
    await trash.delete(true);
    this.#say("the daemon has collected");
    await this.#history.look();
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

  #say(text: string): void {
    this.transcript.push(`${Math.round(performance.now() - this.#startedAt)} ms ${text}`);
  }
}
