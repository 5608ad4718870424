import { LABEL_GC_EXPIRE } from "../../labels.js";
import type { Profile } from "../profile.js";
import { notFound, Status } from "../status.js";
import { checkImage, checkStorable, refuseReserved } from "./checks.js";
import { expiredImages } from "./garbage.js";
import { quote } from "./go-format.js";
import type { ImageDraft, ImageRecord, LabelMap } from "./image-record.js";
import type { Instant } from "./instant.js";
import { applyMask } from "./update-mask.js";
import { compareBytes } from "./utf8.js";

/** The parts of a change other than the image. */
export interface ChangeContext {
  readonly lease: string | undefined;
  /** The time to store. */
  readonly at: Instant;
}

interface Namespace {
  /** Created by the first create in a namespace, and kept after the last image is deleted. */
  images: Map<string, ImageRecord> | undefined;
  /** Whether the images are in the order of the bytes of their names. */
  isSorted: boolean;
  /** Names of the images that each lease holds. */
  readonly leases: Map<string, Set<string>>;
}

/** The records of all namespaces. A change that throws a {@link Status} changes nothing. */
export class Store {
  readonly #profile: Profile;
  readonly #namespaces = new Map<string, Namespace>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  find(namespace: string, name: string): ImageRecord | undefined {
    return this.#namespaces.get(namespace)?.images?.get(name);
  }

  get(namespace: string, name: string): ImageRecord {
    const record = this.find(namespace, name);
    if (record === undefined) throw missing(name);
    return record;
  }

  /** All records of a namespace, in the order of the bytes of their names. */
  list(namespace: string): ImageRecord[] {
    const bucket = this.#namespaces.get(namespace);
    if (bucket?.images === undefined) return [];
    if (!bucket.isSorted) bucket.images = new Map([...bucket.images].sort(([a], [b]) => compareBytes(a, b)));
    bucket.isSorted = true;
    return [...bucket.images.values()];
  }

  create(namespace: string, draft: ImageDraft, { lease, at }: ChangeContext): ImageRecord {
    checkImage(draft, this.#profile);
    refuseReserved(namespace);
    const held = this.#leaseFor(namespace, draft.labels, lease);
    if (this.#namespaces.get(namespace)?.images?.has(draft.name)) {
      throw new Status("already_exists", `image ${quote(draft.name)}: already exists`);
    }
    checkStorable(draft);
    return this.#write(namespace, { ...draft, createdAt: at, updatedAt: at }, held);
  }

  update(namespace: string, wanted: ImageDraft, paths: readonly string[], { lease, at }: ChangeContext): ImageRecord {
    refuseReserved(namespace);
    const stored = this.get(namespace, wanted.name);
    const draft = applyMask(stored, wanted, paths);
    checkImage(draft, this.#profile);
    const held = this.#leaseFor(namespace, draft.labels, lease);
    checkStorable(draft);
    return this.#write(namespace, { ...draft, createdAt: stored.createdAt, updatedAt: at }, held);
  }

  /** Removes a record. If `digest` is not empty, the record's target must have it. */
  delete(namespace: string, name: string, digest: string, lease: string | undefined): void {
    const images = this.#namespaces.get(namespace)?.images;
    if (digest !== "") this.#checkDigest(namespace, name, digest);
    // If the bucket is empty, the database takes an empty key for an entry that is not a bucket.
    if (name === "" && images?.size === 0) throw new Status("unknown", "incompatible value");
    if (images?.delete(name) !== true) throw missing(name);
    if (lease !== undefined) this.#namespaces.get(namespace)?.leases.get(lease)?.delete(name);
  }

  /** Stores a record without any check; an existing one is replaced. */
  put(namespace: string, record: ImageRecord): void {
    this.#write(namespace, record, undefined);
  }

  /** Removes images that have expired by `now`, and returns them. */
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

  /** Removes a namespace without images, together with its leases. */
  deleteNamespace(namespace: string): void {
    refuseReserved(namespace);
    const held = this.#namespaces.get(namespace);
    if (held === undefined) throw notFound(`namespace ${quote(namespace)}`);
    if ((held.images?.size ?? 0) > 0) throw notEmpty(namespace);
    this.#namespaces.delete(namespace);
  }

  addLease(namespace: string, lease: string): void {
    refuseReserved(namespace);
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

  // The lease to which a record is added when it is written. Only a record that can expire is added to one.
  #leaseFor(namespace: string, labels: LabelMap, lease: string | undefined): Set<string> | undefined {
    if (!this.#profile.imageExpiry || lease === undefined || !labels.has(LABEL_GC_EXPIRE)) return undefined;
    const names = this.#namespaces.get(namespace)?.leases.get(lease);
    if (names === undefined) throw notFound("lease does not exist");
    return names;
  }

  #write(namespace: string, record: ImageRecord, lease: Set<string> | undefined): ImageRecord {
    const annotations = withoutEmpty(record.target.annotations);
    const stored = { ...record, labels: withoutEmpty(record.labels), target: { ...record.target, annotations } };
    const bucket = this.#open(namespace);
    bucket.images ??= new Map();
    // What is new is the last of a Map, and what is replaced or removed leaves the order as it is.
    if (!bucket.images.has(stored.name)) bucket.isSorted = false;
    bucket.images.set(stored.name, stored);
    lease?.add(stored.name);
    return stored;
  }

  #open(namespace: string): Namespace {
    const opened = this.#namespaces.get(namespace) ?? { images: undefined, isSorted: false, leases: new Map() };
    this.#namespaces.set(namespace, opened);
    return opened;
  }
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
