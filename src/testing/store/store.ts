import { GC_EXPIRE } from "../../labels.js";
import type { Profile } from "../profile.js";
import { notFound, Status } from "../status.js";
import { checkImage, checkStorable } from "./checks.js";
import { expiredImages } from "./garbage.js";
import { quote } from "./go-format.js";
import type { ImageDraft, ImageRecord, LabelMap } from "./image-record.js";
import type { Instant } from "./instant.js";
import { applyMask } from "./update-mask.js";
import { compareBytes } from "./utf8.js";

/** What a change carries beside the image. */
export interface ChangeContext {
  readonly lease: string | undefined;
  /** The time to store. */
  readonly at: Instant;
}

interface Namespace {
  /** Made by the first create, and kept when the last image is gone. */
  images: Map<string, ImageRecord> | undefined;
  /** Names of the images that each lease holds. */
  readonly leases: Map<string, Set<string>>;
}

/** The records of all namespaces. Every change happens whole or, when it throws a {@link Status}, not at all. */
export class Store {
  readonly #profile: Profile;
  readonly #namespaces = new Map<string, Namespace>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  get(namespace: string, name: string): ImageRecord {
    const record = this.#namespaces.get(namespace)?.images?.get(name);
    if (record === undefined) throw missing(name);
    return record;
  }

  /** All records of a namespace, in the order of the bytes of their names. */
  list(namespace: string): ImageRecord[] {
    const records = [...(this.#namespaces.get(namespace)?.images?.values() ?? [])];
    return records.sort((a, b) => compareBytes(a.name, b.name));
  }

  create(namespace: string, draft: ImageDraft, { lease, at }: ChangeContext): ImageRecord {
    checkImage(draft, this.#profile);
    refuseReserved(namespace);
    const held = this.#leaseFor(namespace, draft.labels, lease);
    if (this.#namespaces.get(namespace)?.images?.has(draft.name)) {
      throw new Status("already_exists", `image ${quote(draft.name)}: already exists`);
    }
    return this.#write(namespace, { ...draft, createdAt: at, updatedAt: at }, held);
  }

  update(namespace: string, wanted: ImageDraft, paths: readonly string[], { lease, at }: ChangeContext): ImageRecord {
    refuseReserved(namespace);
    const stored = this.get(namespace, wanted.name);
    const draft = applyMask(stored, wanted, paths);
    checkImage(draft, this.#profile);
    const held = this.#leaseFor(namespace, draft.labels, lease);
    return this.#write(namespace, { ...draft, createdAt: stored.createdAt, updatedAt: at }, held);
  }

  /** Removes a record; `digest`, where it is not empty, must be that of its target. */
  delete(namespace: string, name: string, digest: string, lease: string | undefined): void {
    const images = this.#namespaces.get(namespace)?.images;
    if (digest !== "") this.#checkDigest(namespace, name, digest);
    // In an emptied bucket the database takes an empty key for an entry that is no bucket.
    if (name === "" && images?.size === 0) throw new Status("unknown", "incompatible value");
    if (images?.delete(name) !== true) throw missing(name);
    if (lease !== undefined) this.#namespaces.get(namespace)?.leases.get(lease)?.delete(name);
  }

  /** Stores records as they are, past every check, and over what is there. */
  put(namespace: string, record: ImageRecord): void {
    this.#write(namespace, record, undefined);
  }

  /** Removes what has expired by `now`, and tells what it was. */
  collect(now: bigint): { readonly namespace: string; readonly name: string }[] {
    if (!this.#profile.imageExpiry) return [];
    return this.namespaces().flatMap((namespace) => {
      const { images = new Map<string, ImageRecord>(), leases } = this.#open(namespace);
      const leased = new Set([...leases.values()].flatMap((names) => [...names]));
      const names = expiredImages(images, leased, now).sort(compareBytes);
      for (const name of names) images.delete(name);
      return names.map((name) => ({ namespace, name }));
    });
  }

  /** The namespaces that exist, in the order of their bytes. */
  namespaces(): string[] {
    return [...this.#namespaces.keys()].sort(compareBytes);
  }

  /** Removes a namespace that has no images, and its leases with it. */
  deleteNamespace(namespace: string): void {
    refuseReserved(namespace);
    const held = this.#namespaces.get(namespace);
    if (held === undefined) throw notFound(`namespace ${quote(namespace)}`);
    if ((held.images?.size ?? 0) > 0) throw notEmpty(namespace);
    this.#namespaces.delete(namespace);
  }

  addLease(namespace: string, lease: string): void {
    const { leases } = this.#open(namespace);
    if (!leases.has(lease)) leases.set(lease, new Set());
  }

  removeLease(namespace: string, lease: string): void {
    this.#namespaces.get(namespace)?.leases.delete(lease);
  }

  #checkDigest(namespace: string, name: string, digest: string): void {
    const { target } = this.get(namespace, name);
    if (target.digest === digest) return;
    throw notFound(`image ${quote(name)} has target ${target.digest}, not ${digest}`);
  }

  // The lease that a record joins when it is written; only one that can expire needs any.
  #leaseFor(namespace: string, labels: LabelMap, lease: string | undefined): Set<string> | undefined {
    if (!this.#profile.imageExpiry || lease === undefined || !labels.has(GC_EXPIRE)) return undefined;
    const names = this.#namespaces.get(namespace)?.leases.get(lease);
    if (names === undefined) throw notFound("lease does not exist");
    return names;
  }

  #write(namespace: string, record: ImageRecord, lease: Set<string> | undefined): ImageRecord {
    checkStorable(record);
    const annotations = withoutEmpty(record.target.annotations);
    const stored = { ...record, labels: withoutEmpty(record.labels), target: { ...record.target, annotations } };
    const bucket = this.#open(namespace);
    bucket.images ??= new Map();
    bucket.images.set(stored.name, stored);
    lease?.add(stored.name);
    return stored;
  }

  #open(namespace: string): Namespace {
    const opened = this.#namespaces.get(namespace) ?? { images: undefined, leases: new Map() };
    this.#namespaces.set(namespace, opened);
    return opened;
  }
}

// The database keeps its schema version under a key of this name, where a namespace would be.
function refuseReserved(namespace: string): void {
  if (namespace === "version") throw new Status("unknown", "incompatible value");
}

function notEmpty(namespace: string): Status {
  const rule = `namespace ${quote(namespace)} must be empty, but it still has images`;
  return new Status("failed_precondition", `${rule}: failed precondition`);
}

function missing(name: string): Status {
  return notFound(`image ${quote(name)}`);
}

function withoutEmpty(labels: LabelMap): LabelMap {
  return new Map([...labels].filter(([, value]) => value !== ""));
}
