import { LABEL_CRI_IMAGE } from "../../labels.js";
import { systemClock, type Clock as Timers } from "../../util/clock.js";
import type { Profile } from "../profile.js";
import type { ImageRecord, LabelMap, Target } from "../store/image-record.js";
import { type Clock, instantOf } from "../store/instant.js";
import type { Store } from "../store/store.js";
import type { Collector } from "./collector.js";
import type { EventHub } from "./event-hub.js";

const NAMESPACE = "k8s.io"; // the only one that CRI reads
const LABELS: LabelMap = new Map([[LABEL_CRI_IMAGE, "managed"]]);
const DEFAULT_DELAY_MS = 2; // as measured on an idle daemon

/**
 * How an `InMemoryImages` acts as the CRI plugin.
 *
 * @example
 * ```ts
 * const cri: CriOptions = { configDigests: { [target.digest]: `sha256:${"c".repeat(64)}` } };
 * const node = new InMemoryImages({ cri });
 * ```
 */
export interface CriOptions {
  /**
   * The digest of the image's config, for each digest of a target. A daemon reads it from the content. CRI makes a
   * second record, whose name is this digest, for each image that is listed here; for other images it makes none.
   * @default {}
   */
  readonly configDigests?: Readonly<Record<string, string>> | undefined;
  /**
   * How long after a write CRI acts, in milliseconds. It is never within the response to the write.
   * @default 2
   */
  readonly delayMs?: number | undefined;
}

/** What CRI acts on. */
interface CriParts {
  readonly store: Store;
  readonly events: EventHub;
  readonly collector: Collector;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly timers?: Timers | undefined;
}

/** The CRI plugin of containerd, as far as it writes image records. */
export class Cri {
  readonly #parts: CriParts;
  readonly #timers: Timers;
  readonly #configDigests: ReadonlyMap<string, string>;
  readonly #delayMs: number;
  /** The names of the records that were written since CRI has acted last. */
  readonly #written = new Set<string>();
  #cancelTimer: (() => void) | undefined;

  constructor(parts: CriParts, { configDigests = {}, delayMs = DEFAULT_DELAY_MS }: CriOptions) {
    this.#parts = parts;
    this.#timers = parts.timers ?? systemClock;
    this.#configDigests = new Map(Object.entries(configDigests));
    this.#delayMs = delayMs;
  }

  /** Notes that a client has created or updated a record. */
  written(namespace: string, name: string): void {
    if (namespace !== NAMESPACE) return;
    this.#written.add(name);
    this.#cancelTimer ??= this.#timers.after(this.#delayMs, () => this.#act(), false);
  }

  /** Forgets the records on which it has not acted yet. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#written.clear();
  }

  #act(): void {
    const names = [...this.#written];
    this.close();
    for (const name of names) this.#manage(name);
  }

  #manage(name: string): void {
    const record = this.#parts.store.find(NAMESPACE, name);
    if (record === undefined || isManaged(record)) return;
    const configDigest = this.#configDigests.get(record.target.digest);
    if (configDigest !== undefined) this.#keep(configDigest, record.target);
    this.#keep(name, record.target);
  }

  /** Creates the record, or gives it this target and the label. */
  #keep(name: string, target: Target): void {
    const { store, events, collector, clock, profile } = this.#parts;
    const draft = { name, target, labels: LABELS };
    const context = { lease: undefined, at: instantOf(clock()) };
    const stored = store.find(NAMESPACE, name);
    if (stored === undefined) events.created(NAMESPACE, store.create(NAMESPACE, draft, context));
    else if (isManaged(stored) && stored.target.digest === target.digest && !profile.criRewritesRecords) return;
    else events.updated(NAMESPACE, store.update(NAMESPACE, draft, ["target", `labels.${LABEL_CRI_IMAGE}`], context));
    collector.changed("write");
  }
}

function isManaged({ labels }: ImageRecord): boolean {
  return labels.get(LABEL_CRI_IMAGE) === LABELS.get(LABEL_CRI_IMAGE);
}
